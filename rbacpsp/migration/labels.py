"""The labels and annotations of every generated object."""

import json
from collections.abc import Iterable, Sequence

from rbacpsp.migration.gap import Gap
from rbacpsp.model.json import JSONObject

NAME = "podsecuritypolicies.rbacpsp.io"
"""The name of every object that is the only one of its kind."""

LABELS = {
    "app.kubernetes.io/managed-by": "rbacpsp",
    "app.kubernetes.io/part-of": "podsecuritypolicy-migration",
}
"""Select all generated objects, for example to remove them."""

POLICIES_ANNOTATION = "rbacpsp.io/policies"
GAPS_ANNOTATION = "rbacpsp.io/gaps"
VALIDATED = "kubernetes.io/psp"
"""The annotation with the policy that admitted a pod, which the plugin wrote and now a mutating policy
writes."""

JUDGED = (
    "request.operation == 'CREATE' || object.spec != oldObject.spec"
    " || object.metadata.?labels != oldObject.metadata.?labels"
    " || object.metadata.?annotations != oldObject.metadata.?annotations"
)
"""CEL: whether a request changes more than owners and finalizers, whose changes the plugin ignored."""

MOST_OF_A_MESSAGE = 4000
REFUSED = (
    "PodSecurityPolicy: unable to admit pod: "
    "no policy that the pod's service account or the requester may use takes it"
)


def object_metadata(name: str, policies: Iterable[str], gaps: Sequence[Gap]) -> JSONObject:
    """The metadata of an object, with its policies and gaps as annotations.

    The name of a policy can be longer than the value of a label.
    """
    annotations = {POLICIES_ANNOTATION: ",".join(policies)}
    if gaps:
        annotations[GAPS_ANNOTATION] = json.dumps(
            [{"kind": gap.kind, "policy": gap.policy, "field": gap.field} for gap in gaps]
        )
    return {"name": name, "labels": dict(LABELS), "annotations": annotations}

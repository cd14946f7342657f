"""The labels and annotations of every generated object."""

import json
from collections.abc import Iterable, Sequence

from rbacpsp.migration.gap import Gap
from rbacpsp.model.json import JSONObject

NAME = "podsecuritypolicies.rbacpsp.io"
"""The name of every object of which there is one of its kind."""

LABELS = {
    "app.kubernetes.io/managed-by": "rbacpsp",
    "app.kubernetes.io/part-of": "podsecuritypolicy-migration",
}
"""By these everything that was applied is found again, and removed."""

POLICIES_ANNOTATION = "rbacpsp.io/policies"
GAPS_ANNOTATION = "rbacpsp.io/gaps"
VALIDATED = "kubernetes.io/psp"
"""The annotation in which the plugin, and now a mutating policy, notes which policy admitted a pod."""

JUDGED = (
    "request.operation == 'CREATE' || object.spec != oldObject.spec"
    " || object.metadata.?labels != oldObject.metadata.?labels"
    " || object.metadata.?annotations != oldObject.metadata.?annotations"
)
"""Whether a request changes more than owners and finalizers, which the plugin passed over, in CEL."""

MOST_OF_A_MESSAGE = 4000
REFUSED = (
    "PodSecurityPolicy: unable to admit pod: "
    "no policy that the pod's service account or the requester may use takes it"
)


def described(name: str, policies: Iterable[str], gaps: Sequence[Gap]) -> JSONObject:
    """The metadata of an object, with the policies and gaps that it stands for as annotations.

    Policies' names can be longer than a label's value may be.
    """
    annotations = {POLICIES_ANNOTATION: ",".join(policies)}
    if gaps:
        annotations[GAPS_ANNOTATION] = json.dumps(
            [{"kind": gap.kind, "policy": gap.policy, "field": gap.field} for gap in gaps]
        )
    return {"name": name, "labels": dict(LABELS), "annotations": annotations}

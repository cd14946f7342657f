"""Refusals that depend on the current state: the same request may succeed later.

Sources: apiserver/pkg/registry/generic/registry/store.go and pkg/registry/core/pod/storage/eviction.go (1.24
and 1.37).
"""

from functools import partial

from rbacpsp.admission.refusals.explanations import KnownMessage, find_all
from rbacpsp.admission.refusals.form import Form, pattern

KNOWN_MESSAGES = (
    KnownMessage(
        "conflict",
        "the API server, which rejects changes based on an outdated version of the object",
        pattern(
            r"Operation cannot be fulfilled on (?P<resource>[\w.\-]+) (?P<name>@): the object has been "
            r"modified"
            r"(?:; please apply your changes to the latest version and try again)?"
        ),
        "{resource} {name} was changed by somebody else in the meantime: no permission is missing",
        (
            (
                "read the object again and repeat the change: controllers do this on their own, and "
                "the error goes away"
            ),
        ),
    ),
    KnownMessage(
        "eviction",
        "a PodDisruptionBudget",
        pattern(r"[Cc]annot evict pod as it would violate the pod's disruption budget\.?"),
        "too few pods would be left: the eviction waits until others are ready",
        (
            (
                "kubectl get poddisruptionbudgets -A shows how many disruptions are allowed: if this "
                "stays 0, a pod is not ready, or the budget allows none at all; no role can fix it"
            ),
        ),
    ),
)


FORM = Form(
    name="a request that the current state does not allow",
    example='Operation cannot be fulfilled on deployments.apps "web": the object has been modified',
    find=partial(find_all, KNOWN_MESSAGES),
)

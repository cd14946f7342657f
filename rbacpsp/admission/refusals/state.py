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
        "the API server, which stores no change of a state that is gone",
        pattern(
            r"Operation cannot be fulfilled on (?P<resource>[\w.\-]+) (?P<name>@): the object has been "
            r"modified"
            r"(?:; please apply your changes to the latest version and try again)?"
        ),
        "{resource} {name} was changed by somebody else in between: nothing was refused for lack of rights",
        ("read it again and change that: controllers do so by themselves, and the error goes away",),
    ),
    KnownMessage(
        "eviction",
        "a PodDisruptionBudget",
        pattern(r"[Cc]annot evict pod as it would violate the pod's disruption budget\.?"),
        "too few pods would be left: the eviction waits until others are ready",
        (
            (
                "kubectl get poddisruptionbudgets -A tells how many disruptions are allowed: where it is "
                "0 for long, a pod is not ready, or the budget allows none at all; no role fixes it"
            ),
        ),
    ),
)


FORM = Form(
    name="a request that the state of the moment does not allow",
    example='Operation cannot be fulfilled on deployments.apps "web": the object has been modified',
    find=partial(find_all, KNOWN_MESSAGES),
)

"""Admission webhooks: a mutating webhook sees every object that is written, and changes it.

It can change the pods that controllers create, and so run code in any pod, and it sees the secrets that are
written. A validating webhook sees objects but cannot change them.
"""

from collections.abc import Iterable

from rbacpsp.audit.permission import WRITE, Permission
from rbacpsp.audit.references import CIS_WEBHOOKS, MIDDLE, WEBHOOKS
from rbacpsp.audit.rules.admission import ADMISSION
from rbacpsp.paths.place import Place
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, ReachedPlace, Technique


def _changed(_: ClusterFacts, __: GrantedPermission) -> Iterable[ReachedPlace]:
    yield ReachedPlace(Place("pods"), "changes pods as they are created")
    yield ReachedPlace(Place("secrets"), "sees secrets as they are written")


def _seen(_: ClusterFacts, __: GrantedPermission) -> Iterable[ReachedPlace]:
    yield ReachedPlace(Place("secrets"), "sees secrets as they are written")


TECHNIQUES = (
    Technique(
        name="mutating-webhook",
        title="changes objects through a webhook",
        condition="create, update or patch on mutatingwebhookconfigurations, granted by a "
        "ClusterRoleBinding.",
        references=(CIS_WEBHOOKS, WEBHOOKS, MIDDLE),
        permissions=(Permission(WRITE, "mutatingwebhookconfigurations", ADMISSION, namespaced=False),),
        targets=_changed,
    ),
    Technique(
        name="validating-webhook",
        title="sees objects through a webhook",
        condition="create, update or patch on validatingwebhookconfigurations, granted by a "
        "ClusterRoleBinding.",
        references=(CIS_WEBHOOKS, WEBHOOKS, MIDDLE),
        permissions=(Permission(WRITE, "validatingwebhookconfigurations", ADMISSION, namespaced=False),),
        targets=_seen,
    ),
)

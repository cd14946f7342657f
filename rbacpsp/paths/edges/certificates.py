"""Certificates: a subject that may create and approve requests can get the certificate of any user.

That includes service accounts: RBAC compares the user name of the certificate with that of an account
(appliesToUser in pkg/registry/rbac/validation/rule.go, 1.24).
With resourceNames, a request is made by server-side apply, and its approval must be granted by its name.
The signer is kubernetes.io/kube-apiserver-client, granted by its name or as kubernetes.io/*. Only the group
system:masters is refused (plugin/pkg/admission/certificates/subjectrestriction, 1.24). Before 1.18 no
permission on a signer was needed, and no group was refused.
"""

from collections.abc import Iterable
from dataclasses import replace

from rbacpsp.audit.permission import CHANGE, Permission, by_apply
from rbacpsp.audit.references import CIS_CSR, CSR
from rbacpsp.audit.rules.certificates import GROUP, SIGNERS, SIGNERS_BEGIN
from rbacpsp.paths.place import CLUSTER_ADMIN, Place
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, ReachedPlace, Technique

_REQUESTS = "certificatesigningrequests"
_APPROVAL = Permission(CHANGE, f"{_REQUESTS}/approval", GROUP, namespaced=False)
_OLD_APPROVAL = replace(_APPROVAL, before=SIGNERS_BEGIN)
_CREATE = Permission(("create",), _REQUESTS, GROUP, namespaced=False)
_APPLY = by_apply(_CREATE)
CREATE_REQUESTS = (_CREATE, _APPLY)


def approves_its_own(facts: ClusterFacts, held: GrantedPermission) -> bool:
    """Whether the holder may approve a request that it makes; without a holder, the role allows all that."""
    view, subject = facts.view, held.subject
    if subject is None or (view.may(subject, _CREATE, "") and view.holds(subject, (_APPROVAL,), "")):
        return True
    applied = view.applied(subject, _APPLY) if _APPLY.is_honored(facts.version) else {}
    return any(view.may(subject, _APPROVAL, "", name) for name in applied.get("", ()))


def _anybody(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    if not approves_its_own(facts, held):
        return
    if held.match.permission is _OLD_APPROVAL:
        # resourceNames do not limit it, since the subject names its request
        yield ReachedPlace(CLUSTER_ADMIN, "a certificate with the group system:masters")
        return
    if facts.version < SIGNERS_BEGIN or (held.match.names and SIGNERS.isdisjoint(held.match.names)):
        return
    yield ReachedPlace(Place("users"), "a certificate with that user name")
    yield from facts.everybody("", "a certificate with the user name of that service account")
    yield ReachedPlace(Place("groups"), "a certificate with that group")


APPLIED_REQUESTS = (
    "With resourceNames, create needs patch on a request of the same name and Kubernetes 1.16, for "
    "server-side apply, and the subject must be able to approve that request."
)

TECHNIQUES = (
    Technique(
        name="approve-certificate",
        title="gets a certificate issued",
        condition="create on certificatesigningrequests, update or patch on their approval and, from 1.18 "
        f"on, the verb approve on the signer. {APPLIED_REQUESTS}",
        references=(CIS_CSR, CSR),
        permissions=(Permission(("approve",), "signers", GROUP, namespaced=False), _OLD_APPROVAL),
        also=((_APPROVAL,), CREATE_REQUESTS),
        by_name=True,
        targets=_anybody,
    ),
)

"""Certificates: a subject that may create and approve requests can get the certificate of any user.

That includes service accounts: RBAC compares the user name of the certificate with that of an account
(appliesToUser in pkg/registry/rbac/validation/rule.go, 1.24).
The signer is kubernetes.io/kube-apiserver-client, granted by its name or as kubernetes.io/*. Only the group
system:masters is refused (plugin/pkg/admission/certificates/subjectrestriction, 1.24). Before 1.18 no
permission on a signer was needed, and no group was refused.
"""

from collections.abc import Iterable
from dataclasses import replace

from rbacpsp.audit.permission import CHANGE, Permission
from rbacpsp.audit.references import CIS_CSR, CSR
from rbacpsp.audit.rules.certificates import GROUP, SIGNERS, SIGNERS_BEGIN
from rbacpsp.paths.place import CLUSTER_ADMIN, Place
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, ReachedPlace, Technique

_REQUESTS = "certificatesigningrequests"
_APPROVAL = Permission(CHANGE, f"{_REQUESTS}/approval", GROUP, namespaced=False)
_OLD_APPROVAL = replace(_APPROVAL, before=SIGNERS_BEGIN)


def _anybody(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    if held.match.permission is _OLD_APPROVAL:
        # resourceNames do not limit it, since the subject names its request
        yield ReachedPlace(CLUSTER_ADMIN, "a certificate with the group system:masters")
        return
    if facts.version < SIGNERS_BEGIN or (held.match.names and SIGNERS.isdisjoint(held.match.names)):
        return
    yield ReachedPlace(Place("users"), "a certificate with that user name")
    yield from facts.everybody("", "a certificate with the user name of that service account")
    yield ReachedPlace(Place("groups"), "a certificate with that group")


TECHNIQUES = (
    Technique(
        name="approve-certificate",
        title="gets a certificate issued",
        condition="create on certificatesigningrequests, update or patch on their approval and, from 1.18 "
        "on, the verb approve on the signer.",
        references=(CIS_CSR, CSR),
        permissions=(Permission(("approve",), "signers", GROUP, namespaced=False), _OLD_APPROVAL),
        also=(
            (_APPROVAL,),
            (Permission(("create",), _REQUESTS, GROUP, namespaced=False),),
        ),
        targets=_anybody,
    ),
)

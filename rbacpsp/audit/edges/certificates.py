"""Certificates: whoever creates and approves requests, for the signer too, gets any user's certificate.

The signer is kubernetes.io/kube-apiserver-client, by its name or as kubernetes.io/*. It refuses
system:masters, no other group (plugin/pkg/admission/certificates/subjectrestriction, 1.24).
"""

from collections.abc import Iterable

from rbacpsp.audit.permission import CHANGE, Permission
from rbacpsp.audit.place import Place
from rbacpsp.audit.references import CIS_CSR, CSR
from rbacpsp.audit.rules.certificates import GROUP, SIGNERS
from rbacpsp.audit.technique import Held, Site, Step, Technique

_REQUESTS = "certificatesigningrequests"


def _anybody(_: Site, held: Held) -> Iterable[Step]:
    if held.match.names and SIGNERS.isdisjoint(held.match.names):
        return
    yield Step(Place("users"), "a certificate of that name")
    yield Step(Place("groups"), "a certificate with that group")


TECHNIQUES = (
    Technique(
        name="approve-certificate",
        title="has a certificate issued",
        condition="create certificatesigningrequests, update their approval, and approve for the signer.",
        references=(CIS_CSR, CSR),
        permissions=(Permission(("approve",), "signers", GROUP, namespaced=False),),
        also=(
            (Permission(CHANGE, f"{_REQUESTS}/approval", GROUP, namespaced=False),),
            (Permission(("create",), _REQUESTS, GROUP, namespaced=False),),
        ),
        targets=_anybody,
    ),
)

"""Client certificates, which the API server accepts as proof of a user's identity.

From 1.18, an approver also needs the verb approve on the signer (plugin/pkg/admission/certificates/approval).
Before 1.18, the cluster's own signer handled every request, and no permission on a signer was needed.
"""

from collections.abc import Iterator

from rbacpsp.audit.approved_certificates import issued_certificates
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.permission import CHANGE, Permission
from rbacpsp.audit.references import CIS_CSR, CSR, NSA_RBAC, VALID_ACCOUNTS
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import Subject, Version
from rbacpsp.model.request import MASTERS
from rbacpsp.model.subjects import user_subject

GROUP = "certificates.k8s.io"
SIGNERS_BEGIN = Version(1, 18)
SIGNERS = frozenset({"kubernetes.io/kube-apiserver-client", "kubernetes.io/*"})
_REQUESTS = "certificatesigningrequests"


def _without_signers(view: View) -> bool:
    return view.version < SIGNERS_BEGIN


def _issued(view: View, rule: Rule) -> Iterator[Finding]:
    for certificate in issued_certificates(view):
        names = [user_subject(certificate.user), *(Subject("Group", group) for group in certificate.groups)]
        worst = view.worst(names)
        masters = MASTERS in certificate.groups
        if not masters and worst is None:
            continue
        gives = (
            f"{MASTERS}, which is allowed everything"
            if masters or worst is None
            else f"{worst.rule.id} {worst.rule.title}, {worst.where}"
        )
        groups = f" in the groups {', '.join(certificate.groups)}" if certificate.groups else ""
        yield Finding(
            rule,
            rule.graded(Severity.CRITICAL if masters or worst is None else worst.severity),
            about=certificate.request,
            detail=f"{certificate.requester or 'Its author'} got one of user {certificate.user}{groups}: "
            f"{gives}.",
            remedy="take the permissions from the names in the certificate, or replace the signing CA",
        )


RULES = (
    Rule(
        id="RBP060",
        name="approve-certificates",
        title="Approves certificate requests",
        severity=Severity.CRITICAL,
        named=Severity.MEDIUM,
        grave=SIGNERS,
        why="Approval of a request for the signer kubernetes.io/kube-apiserver-client, with approve on that "
        "signer, issues a certificate for any user and group name that it asks for, but system:masters.",
        gain="A certificate of any user, of system:nodes or of the control plane, valid for months.",
        remedy="Limit approve on signers by resourceNames to the signer that is meant.",
        references=(CIS_CSR, NSA_RBAC, CSR, VALID_ACCOUNTS),
        permissions=(Permission(("approve",), "signers", GROUP, namespaced=False),),
        also=(Permission(CHANGE, f"{_REQUESTS}/approval", GROUP, namespaced=False),),
    ),
    Rule(
        id="RBP061",
        name="sign-certificates",
        title="Signs certificate requests",
        severity=Severity.HIGH,
        named=Severity.LOW,
        grave=SIGNERS,
        why="The certificate that is put into the status of a request is what its author receives.",
        gain="Certificates of its own making where others trust the signer.",
        remedy="Limit sign on signers by resourceNames to the controller's own signer.",
        references=(CIS_CSR, NSA_RBAC, CSR, VALID_ACCOUNTS),
        permissions=(Permission(("sign",), "signers", GROUP, namespaced=False),),
        also=(Permission(CHANGE, f"{_REQUESTS}/status", GROUP, namespaced=False),),
    ),
    Rule(
        id="RBP062",
        name="approve-any-certificate",
        title="Approves certificate requests of every kind",
        severity=Severity.CRITICAL,
        named=Severity.MEDIUM,
        why="Before 1.18 no signer is asked for: changing the approval of a request is enough, and the "
        "certificate holds any user and group name that was asked for, system:masters among them.",
        gain="A certificate of any user and group: the whole cluster, until it expires.",
        remedy="Leave approval to the controller and the operators of the cluster.",
        references=(CIS_CSR, NSA_RBAC, CSR, VALID_ACCOUNTS),
        permissions=(Permission(CHANGE, f"{_REQUESTS}/approval", GROUP, namespaced=False),),
        applies=_without_signers,
    ),
    Rule(
        id="RBP063",
        name="issued-certificates",
        title="A certificate of a powerful name was issued",
        severity=Severity.HIGH,
        why="A certificate that was issued cannot be revoked: until it expires its holder is the user "
        "and in the groups that it names.",
        gain="The permissions of the user and the groups in the certificate.",
        remedy="Take the permissions from those names, or replace the certificate authority of the clients.",
        references=(CIS_CSR, CSR, VALID_ACCOUNTS),
        check=_issued,
    ),
)

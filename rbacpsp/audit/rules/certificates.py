"""Client certificates, which the API server accepts as proof of a user's identity.

From 1.18, an approver also needs the verb approve on the signer (plugin/pkg/admission/certificates/approval).
Before 1.18, the cluster's own signer handled every request, and no permission on a signer was needed.
"""

from collections.abc import Iterable, Iterator

from rbacpsp.audit.approved_certificates import issued_certificates
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.permission import CHANGE, Permission
from rbacpsp.audit.references import CIS_CSR, CSR, NSA_RBAC, VALID_ACCOUNTS
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest, Subject, Version
from rbacpsp.model.request import MASTERS
from rbacpsp.model.result import enumerated
from rbacpsp.model.subjects import subject_text, user_subject

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
            names[0] if certificate.user else None,
            about=certificate.request,
            detail=f"{certificate.requester or 'Its author'} got a certificate of user "
            f"{certificate.user}{groups}: {gives}.",
            remedy=_remedy(view, certificate.request, names, masters=masters),
        )


def _remedy(view: View, request: Manifest, names: Iterable[Subject], *, masters: bool) -> str:
    """What to do about an issued certificate with some names, of which one is powerful."""
    words = f"{request.kind} {request.name}"
    if masters:
        return (
            f"let the certificate of {words} expire, or replace the certificate authority for client "
            f"certificates: RBAC takes nothing from Group/{MASTERS}"
        )
    bound = enumerated(subject_text(name) for name in names if name in view.by_subject)
    return (
        f"remove the permissions of {bound} in RBAC, which the certificate of {words} gives until it "
        "expires, or replace the certificate authority for client certificates"
    )


RULES = (
    Rule(
        id="RBP060",
        name="approve-certificates",
        title="Approves certificate requests",
        severity=Severity.CRITICAL,
        named=Severity.MEDIUM,
        grave=SIGNERS,
        why="Whoever changes the approval of a request also needs the verb approve on its signer. For the "
        "signer kubernetes.io/kube-apiserver-client, the certificate then holds the user and the groups that "
        "the request asks for; any are possible, except the group system:masters.",
        gain="A certificate of any user, of system:nodes or of the control plane, valid for months.",
        remedy="Limit approve on signers by resourceNames to the intended signer.",
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
        why="The author of a request receives the certificate that a signer writes into its status.",
        gain="Issues certificates of its own, which others accept because they trust the signer.",
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
        why="Before 1.18, no permission on a signer is needed. Changing the approval of a request is enough, "
        "and the certificate holds the user and the groups that the request asks for; any are possible, "
        "including system:masters.",
        gain="A certificate of any user and group, and with it the whole cluster until the certificate "
        "expires.",
        remedy="Leave approval to the controller and the operators of the cluster.",
        references=(CIS_CSR, NSA_RBAC, CSR, VALID_ACCOUNTS),
        permissions=(Permission(CHANGE, f"{_REQUESTS}/approval", GROUP, namespaced=False),),
        applies=_without_signers,
    ),
    Rule(
        id="RBP063",
        name="issued-certificates",
        title="A certificate for a powerful user or group was issued",
        severity=Severity.HIGH,
        why="An issued certificate cannot be revoked. Until it expires, its holder acts as the user, and as "
        "a member of the groups, that the certificate names.",
        gain="The permissions of the user and the groups in the certificate.",
        remedy="Remove the permissions of the user and the groups, or replace the certificate authority for "
        "client certificates. Only that, or the expiry of the certificate, helps against system:masters.",
        references=(CIS_CSR, CSR, VALID_ACCOUNTS),
        check=_issued,
    ),
)

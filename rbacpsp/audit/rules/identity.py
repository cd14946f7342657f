"""Subjects that stand for more than they seem: implicit groups, default accounts and cloud identities."""

from collections.abc import Iterator

from rbacpsp.audit.aws_auth import mapped_identities
from rbacpsp.audit.binding_findings import grants_to
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.references import (
    CIS_DEFAULT_ACCOUNTS,
    CIS_TOKENS_MOUNTED,
    EXTERNAL,
    HYGIENE,
    LEAST_PRIVILEGE,
    NSA_AUTHENTICATION,
    NSA_POD_TOKENS,
    NSA_RBAC,
    VALID_ACCOUNTS,
    cis,
    kubernetes,
)
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import Subject
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    ALL_SERVICE_ACCOUNTS,
    ALL_UNAUTHENTICATED,
    ANONYMOUS,
    MASTERS,
)
from rbacpsp.model.subjects import user_subject

CLOUD_ANNOTATIONS = (
    "azure.workload.identity/client-id",
    "eks.amazonaws.com/role-arn",
    "iam.gke.io/gcp-service-account",
)
_ONE_NAMESPACE = f"{ALL_SERVICE_ACCOUNTS}:"


def _is_anonymous(subject: Subject) -> bool:
    return (subject.kind, subject.name) in {("Group", ALL_UNAUTHENTICATED), ("User", ANONYMOUS)}


def _anonymous(view: View, rule: Rule) -> Iterator[Finding]:
    return grants_to(view, rule, _is_anonymous)


def _authenticated(view: View, rule: Rule) -> Iterator[Finding]:
    return grants_to(
        view, rule, lambda subject: subject.kind == "Group" and subject.name == ALL_AUTHENTICATED
    )


def _service_accounts(view: View, rule: Rule) -> Iterator[Finding]:
    return grants_to(
        view, rule, lambda subject: subject.kind == "Group" and subject.name == ALL_SERVICE_ACCOUNTS
    )


def _namespace_accounts(view: View, rule: Rule) -> Iterator[Finding]:
    return grants_to(
        view, rule, lambda subject: subject.kind == "Group" and subject.name.startswith(_ONE_NAMESPACE)
    )


def _default_account(view: View, rule: Rule) -> Iterator[Finding]:
    return grants_to(
        view, rule, lambda subject: subject.kind == "ServiceAccount" and subject.name == "default"
    )


def _nodes(view: View, rule: Rule) -> Iterator[Finding]:
    return grants_to(view, rule, lambda subject: subject.kind == "Group" and subject.name == "system:nodes")


def _cloud(view: View, rule: Rule) -> Iterator[Finding]:
    for account in view.objects.service_accounts.values():
        annotations = account.metadata.annotations
        for annotation in CLOUD_ANNOTATIONS if annotations else ():
            if annotations.get(annotation):
                text = f"{annotation} is {annotations[annotation]}."
                yield Finding(rule, rule.severity, about=account, detail=text)


def _aws_auth(view: View, rule: Rule) -> Iterator[Finding]:
    for entry in mapped_identities(view):
        names = [user_subject(entry.username), *(Subject("Group", group) for group in entry.groups)]
        worst = view.worst(names)
        masters = MASTERS in entry.groups
        if masters or worst is not None:
            user_and_groups = ", ".join(
                filter(None, (entry.username and f"user {entry.username}", *entry.groups))
            )
            gives = (
                f"{MASTERS} is allowed everything"
                if masters or worst is None
                else f"{worst.rule.id} {worst.rule.title}, {worst.where}"
            )
            yield Finding(
                rule,
                rule.graded(Severity.CRITICAL if masters or worst is None else worst.severity),
                about=entry.config_map,
                detail=f"{entry.identity} is {user_and_groups}: {gives}.",
                brief=entry.identity,
            )


RULES = (
    Rule(
        id="RBP110",
        name="unauthenticated",
        title="A grant to everybody, authenticated or not",
        severity=Severity.CRITICAL,
        namespaced=Severity.HIGH,
        why="system:unauthenticated and system:anonymous stand for everybody who reaches the API server "
        "without credentials.",
        gain="The permission, without any credential, from every place that reaches the API server.",
        remedy="Remove the subject from the binding.",
        references=(
            cis("1.2.1", "anonymous authentication is off"),
            NSA_AUTHENTICATION,
            VALID_ACCOUNTS,
            EXTERNAL,
            LEAST_PRIVILEGE,
        ),
        check=_anonymous,
    ),
    Rule(
        id="RBP111",
        name="authenticated",
        title="A grant to everybody who is authenticated",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        why="Every user and every service account is in the group system:authenticated; with some providers, "
        "everybody who has an account with them.",
        gain="The permission, with any account.",
        remedy="Bind the role to the groups that need it.",
        references=(NSA_RBAC, LEAST_PRIVILEGE, VALID_ACCOUNTS),
        check=_authenticated,
    ),
    Rule(
        id="RBP112",
        name="all-service-accounts",
        title="A grant to all service accounts",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        why="Every service account is in the group system:serviceaccounts, so every pod of the cluster that "
        "mounts a token has the permission.",
        gain="The permission, from any compromised pod.",
        remedy="Bind the role to the service accounts that need it.",
        references=(LEAST_PRIVILEGE, CIS_TOKENS_MOUNTED, NSA_RBAC),
        check=_service_accounts,
    ),
    Rule(
        id="RBP113",
        name="service-accounts-of-namespace",
        title="A grant to all service accounts of a namespace",
        severity=Severity.LOW,
        namespaced=Severity.INFO,
        why="Every service account of a namespace is in the group system:serviceaccounts:NAMESPACE, so every "
        "pod there that mounts a token has the permission, including future pods.",
        gain="The permission, from any compromised pod of the namespace.",
        remedy="Bind the role to the service accounts that need it.",
        references=(LEAST_PRIVILEGE, CIS_TOKENS_MOUNTED, NSA_RBAC),
        check=_namespace_accounts,
    ),
    Rule(
        id="RBP114",
        name="default-account",
        title="A grant to a default service account",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        why="Every pod that names no service account runs as `default`, so that all of them have a "
        "permission that was meant for one.",
        gain="The permission, from any pod of the namespace that names no service account.",
        remedy="Create a service account for the workload, and bind the role to that account.",
        references=(CIS_DEFAULT_ACCOUNTS, NSA_POD_TOKENS, LEAST_PRIVILEGE),
        check=_default_account,
    ),
    Rule(
        id="RBP115",
        name="nodes-group",
        title="A grant to all nodes",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        why="The Node authorizer limits each kubelet to the objects of its own pods. A grant to system:nodes "
        "removes that limit for all kubelets.",
        gain="The permission, from any compromised node.",
        remedy="Remove the binding; the Node authorizer gives the kubelets what they need.",
        references=(
            NSA_RBAC,
            kubernetes("reference/access-authn-authz/node/", "Node authorization"),
            LEAST_PRIVILEGE,
        ),
        check=_nodes,
    ),
    Rule(
        id="RBP116",
        name="cloud-identity",
        title="A service account has a cloud identity",
        severity=Severity.INFO,
        why="Whoever runs a pod as this service account, or gets its token, can act as that identity in the "
        "cloud.",
        gain="The permissions of the identity outside the cluster, which rbacpsp does not know.",
        remedy="Review the permissions of the identity, and who may run pods as this service account.",
        references=(HYGIENE, VALID_ACCOUNTS),
        check=_cloud,
    ),
    Rule(
        id="RBP117",
        name="mapped-identity",
        title="An IAM identity has powerful permissions in the cluster",
        severity=Severity.HIGH,
        why="kube-system/aws-auth maps IAM roles and users to a user and groups of the cluster. Whoever may "
        "assume the role acts as that user; who may do that is decided in IAM, which rbacpsp does not read.",
        gain="The permissions of the user and the groups, for everybody who may assume the role.",
        remedy="Map the identity to a group that has only the permissions it needs, and never to "
        "system:masters.",
        references=(NSA_RBAC, HYGIENE, VALID_ACCOUNTS),
        check=_aws_auth,
    ),
)

"""Subjects of the wrong kind, whose names the API server reserves for another kind, and unused accounts."""

from collections.abc import Iterator
from itertools import chain

from rbacpsp.audit.binding_findings import BOOTSTRAP_GRANT
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.references import CIS_TOKENS_MOUNTED, HYGIENE, NSA_RBAC, kubernetes
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.rules.identity import CLOUD_ANNOTATIONS
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.unused import namespaces_with_pods, pods_were_read, unused_accounts
from rbacpsp.audit.view import View
from rbacpsp.catalog.bootstrap import DEFAULT_ACCOUNT
from rbacpsp.model import RoleBinding, Subject
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    ALL_SERVICE_ACCOUNTS,
    ALL_UNAUTHENTICATED,
    ANONYMOUS,
    MASTERS,
    SERVICE_ACCOUNT_PREFIX,
    split_service_account,
)

_GROUPS = frozenset(
    {
        ALL_AUTHENTICATED,
        ALL_SERVICE_ACCOUNTS,
        ALL_UNAUTHENTICATED,
        MASTERS,
        "system:bootstrappers",
        "system:monitoring",
        "system:nodes",
    }
)
_USERS = frozenset(
    {
        ANONYMOUS,
        "system:apiserver",
        "system:kube-controller-manager",
        "system:kube-proxy",
        "system:kube-scheduler",
    }
)
_RESERVED = "system:"
"""The prefix of all names that the API server reserves."""
_AUTHENTICATION = kubernetes(
    "reference/access-authn-authz/authentication/#service-account-tokens", "names of accounts"
)


def wrong_kind(subject: Subject) -> str:
    """The kind of subject that the server reserves a name for, if the subject is of another kind; else empty.

    Sources: apiserver/pkg/authentication/user/user.go and serviceaccount/util.go (1.24).
    """
    name = subject.name
    if subject.kind != "User" and name.startswith(SERVICE_ACCOUNT_PREFIX):
        account = split_service_account(name)
        meant = f"ServiceAccount {account[1]} of namespace {account[0]}" if account else "a service account"
        return f"it is the user name of {meant}"
    if subject.kind != "User" and (name in _USERS or name.startswith("system:node:")):
        return "it is the name of a user"
    if subject.kind != "Group" and (name in _GROUPS or name.startswith(f"{ALL_SERVICE_ACCOUNTS}:")):
        return "it is the name of a group"
    return ""


def _wrong_kinds(view: View, rule: Rule) -> Iterator[Finding]:
    wrong = (grants for subject, grants in view.by_subject.items() if _reserved_for(subject))
    bindings = {id(granted.binding): granted.binding for granted in chain.from_iterable(wrong)}
    bindings |= {id(binding): binding for binding in view.incomplete}
    for binding in bindings.values():
        for subject in dict.fromkeys(filter(_reserved_for, binding.subjects)):
            namespace_words = f" of namespace {binding.namespace}" if isinstance(binding, RoleBinding) else ""
            yield Finding(
                rule,
                rule.severity,
                scope=binding.namespace,
                about=binding,
                detail=f"{subject.kind} {subject.name}: {wrong_kind(subject)}. The API server never gives "
                f"that name to a {subject.kind}; only an external login could.",
                remedy=f"correct the kind of subject {subject.name} in {binding.kind} {binding.name}"
                f"{namespace_words}",
                ruled_out=BOOTSTRAP_GRANT if view.bootstrap.subject(binding, subject) else "",
                brief=f"{subject.kind} {subject.name}",
            )


def _reserved_for(subject: Subject) -> str:
    """What `wrong_kind` says; most names are not reserved."""
    return wrong_kind(subject) if subject.name.startswith(_RESERVED) else ""


def _unused_accounts(view: View, rule: Rule) -> Iterator[Finding]:
    if not pods_were_read(view):
        return
    for account in unused_accounts(view):
        namespace, name = account.namespace, account.name
        if name == DEFAULT_ACCOUNT or any(
            account.metadata.annotations.get(annotation) for annotation in CLOUD_ANNOTATIONS
        ):
            continue
        alone = (
            ""
            if namespace in view.lasting(namespaces_with_pods)
            else " No pod or workload of its namespace was loaded."
        )
        yield Finding(
            rule,
            rule.severity,
            scope=namespace,
            about=account,
            detail=f"No binding names it, and no pod or workload that was loaded runs as it.{alone}",
            remedy=f"delete ServiceAccount {namespace}/{name}, unless something outside uses its token",
        )


RULES = (
    Rule(
        id="RBP144",
        name="name-of-another-kind",
        title="The name of a subject belongs to another kind",
        severity=Severity.LOW,
        why="The API server reserves the names of service accounts, components and built-in groups for one "
        "kind of subject. No subject of another kind has such a name, although the binding looks as if one "
        "did.",
        gain="Nothing by itself; the permission, if an external login gives somebody such a name.",
        remedy="Correct the kind of the subject, or remove it.",
        references=(HYGIENE, _AUTHENTICATION),
        check=_wrong_kinds,
    ),
    Rule(
        id="RBP145",
        name="unused-account",
        title="A service account is not used",
        severity=Severity.INFO,
        why="No binding names it, and no pod or workload that was loaded runs as it. Somebody may still have "
        "a token of it.",
        gain="Nothing by itself; with a token of the account, the permissions of its groups.",
        remedy="Delete the service account.",
        references=(HYGIENE, CIS_TOKENS_MOUNTED, NSA_RBAC),
        check=_unused_accounts,
    ),
)

"""Service accounts that do not exist: whoever creates one holds what bindings grant to its name.

This needs create on serviceaccounts, and a token of the new account: from create on serviceaccounts/token or
from a pod that runs as it.
"""

from collections.abc import Iterator

from rbacpsp.audit.permission import Permission, by_apply
from rbacpsp.audit.references import CIS_TOKENS, TOKEN_REQUEST, VALID_ACCOUNTS
from rbacpsp.model import Subject
from rbacpsp.paths.admitted_pods import account_of_pod
from rbacpsp.paths.edges.pods import requesters
from rbacpsp.paths.place import Place
from rbacpsp.paths.technique import APPLIED, ClusterFacts, GrantedPermission, ReachedPlace, Technique, always

_CREATE = Permission(("create",), "serviceaccounts")
_TOKEN = Permission(("create",), "serviceaccounts/token")


def _created(facts: ClusterFacts, held: GrantedPermission) -> Iterator[ReachedPlace]:
    subject, wanted = held.subject, held.match.names
    if subject is None:
        return
    for namespace, names in facts.missing_accounts.items():
        if held.scope not in {"", namespace}:
            continue
        for name in names:
            how = _used(facts, subject, namespace, name) if not wanted or name in wanted else ""
            if how:
                yield ReachedPlace(Place("ServiceAccount", namespace, name), how)


def _used(facts: ClusterFacts, subject: Subject, namespace: str, name: str) -> str:
    """How a subject uses a new account, in words; empty if it cannot."""
    if facts.view.may(subject, _TOKEN, namespace, name):
        return "it does not exist; the subject also requests its token"
    users = list(requesters(facts, subject, namespace))
    for user in (*users, account_of_pod(namespace, name)) if users else ():
        by = facts.admits.pod("with-token", user, namespace)
        if by is not None:
            return f"it does not exist; the subject also runs a pod as it, admitted {by}"
    return ""


def _exist(facts: ClusterFacts) -> bool:
    return bool(facts.missing_accounts)


TECHNIQUES = (
    Technique(
        name="create-account",
        title="creates a service account that has permissions already",
        condition="create on serviceaccounts, where a binding names an account of the namespace that does "
        "not exist; and create on serviceaccounts/token, or permission to create pods or workloads that may "
        f"run as the account. {APPLIED} An account is known not to exist if others of its namespace were "
        "loaded.",
        references=(VALID_ACCOUNTS, CIS_TOKENS, TOKEN_REQUEST),
        permissions=(_CREATE, by_apply(_CREATE)),
        targets=_created,
        is_possible=_exist,
        per_subject=always,
    ),
)

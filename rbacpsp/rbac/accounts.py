"""Finds the service accounts that bindings grant something through users and groups."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from rbacpsp.catalog import Account
from rbacpsp.model import Subject
from rbacpsp.model.request import ALL_AUTHENTICATED, ALL_SERVICE_ACCOUNTS
from rbacpsp.rbac.decision import Access, Grant, sorted_grants
from rbacpsp.rbac.index import split_user

Grants = tuple[Grant, ...]


def expand_accounts(
    accesses: Iterable[Access], accounts: Iterable[Account], controllers: Mapping[str, Account]
) -> tuple[dict[Subject, Grants], dict[Subject, tuple[str, ...]]]:
    """The grants of each subject and each service account, and the kinds whose pods each account creates.

    See `WhoCan.expand` for what is returned.
    """
    access_list = list(accesses)
    groups: dict[str, Grants] = {}
    direct: defaultdict[Account, list[Grant]] = defaultdict(list)
    for access in access_list:
        subject = access.subject
        if subject.kind == "Group":
            groups[subject.name] = sorted_grants((*groups.get(subject.name, ()), *access.grants))
        elif subject.kind == "User":
            if account := split_user(subject.name):
                direct[account] += access.grants
        elif subject.kind == "ServiceAccount":
            for grant in access.grants:
                if namespace := subject.namespace or grant.scope:
                    direct[Account(namespace, subject.name)].append(grant)
    through_groups = _group_grants(groups, {*accounts, *controllers.values(), *direct})
    controls: defaultdict[Account, list[str]] = defaultdict(list)
    for kind, account in sorted(controllers.items()):
        controls[account].append(kind)

    grants_of = {access.subject: access.grants for access in access_list}
    controlled_kinds: dict[Subject, tuple[str, ...]] = {}
    for account in {*through_groups, *direct}:
        subject = Subject("ServiceAccount", account.name, account.namespace)
        grants = through_groups.get(account, ())
        grants_of[subject] = sorted_grants((*grants, *direct[account])) if account in direct else grants
        if account in controls:
            controlled_kinds[subject] = tuple(controls[account])
    return grants_of, controlled_kinds


def _group_grants(groups: Mapping[str, Grants], accounts: Iterable[Account]) -> dict[Account, Grants]:
    """The grants of each account through its groups; the accounts of a namespace share one tuple."""
    everyone = (*groups.get(ALL_AUTHENTICATED, ()), *groups.get(ALL_SERVICE_ACCOUNTS, ()))
    by_namespace: dict[str, Grants] = {}
    grants_of = {}
    for account in accounts:
        namespace = account.namespace
        if namespace not in by_namespace:
            by_namespace[namespace] = sorted_grants(
                (*everyone, *groups.get(f"{ALL_SERVICE_ACCOUNTS}:{namespace}", ()))
            )
        if by_namespace[namespace]:
            grants_of[account] = by_namespace[namespace]
    return grants_of

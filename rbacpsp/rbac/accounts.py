"""The service accounts behind the subjects of bindings."""

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
    """The grants of each subject and of each service account behind one, and the kinds that accounts control.

    See `WhoCan.expand` for what is returned.
    """
    written = list(accesses)
    groups: dict[str, Grants] = {}
    direct: defaultdict[Account, list[Grant]] = defaultdict(list)
    for access in written:
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

    grants_of = {access.subject: access.grants for access in written}
    made: dict[Subject, tuple[str, ...]] = {}
    for account in {*through_groups, *direct}:
        subject = Subject("ServiceAccount", account.name, account.namespace)
        grants = through_groups.get(account, ())
        grants_of[subject] = sorted_grants((*grants, *direct[account])) if account in direct else grants
        if account in controls:
            made[subject] = tuple(controls[account])
    return grants_of, made


def _group_grants(groups: Mapping[str, Grants], accounts: Iterable[Account]) -> dict[Account, Grants]:
    """What each account holds through its groups; one tuple for all accounts of a namespace."""
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

"""Who may use security context constraints: by their own lists and by RBAC, both at once.

A pod gets constraints through its service account, or through whoever creates it. As the creator of pods an
account is in system:authenticated; as the account of a pod it is not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rbacpsp.catalog import Account
from rbacpsp.model import Objects, Request, Subject
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    ALL_SERVICE_ACCOUNTS,
    split_service_account,
)
from rbacpsp.model.scc import GROUP, RESOURCE, SecurityContextConstraints
from rbacpsp.rbac import Authorizer, Grant, WhoCan

USERS, GROUPS = "users", "groups"
"""The lists of constraints."""


@dataclass(frozen=True, slots=True)
class ConstraintUser:
    """A subject that may use constraints, and through what."""

    subject: Subject
    listed: tuple[str, ...] = ()
    """The entries of the constraints' own lists: `users: alice`, `groups: dev`."""
    grants: tuple[Grant, ...] = ()
    """What lets it by RBAC."""
    controls: tuple[str, ...] = ()
    """The kinds of workloads whose pods it creates."""

    @property
    def as_account(self) -> bool:
        """Whether pods that run as it may use them: what only system:authenticated may use does not count."""
        subject = self.subject
        if subject.kind == "Group":
            name = subject.name
            return name == ALL_SERVICE_ACCOUNTS or name.startswith(f"{ALL_SERVICE_ACCOUNTS}:")
        if subject.kind != "ServiceAccount":
            return False
        everyone = f"{GROUPS}: {ALL_AUTHENTICATED}"
        return any(each != everyone for each in self.listed) or any(
            (grant.subject.kind, grant.subject.name) != ("Group", ALL_AUTHENTICATED) for grant in self.grants
        )


def constraint_users(
    authorizer: Authorizer,
    objects: Objects,
    constraint: SecurityContextConstraints,
    controllers: Mapping[str, Account],
    namespace: str | None = None,
) -> tuple[tuple[ConstraintUser, ...], WhoCan]:
    """The subjects that may use constraints for pods of a namespace, with groups expanded to accounts.

    Args:
        authorizer: Who may what by RBAC.
        objects: The service accounts of the cluster.
        constraint: The constraints.
        controllers: The account that creates the pods of each kind of workload.
        namespace: Where; None: in at least one namespace.

    Returns:
        The subjects, system:masters first and the others sorted; and what RBAC says of them.
    """
    request = Request("use", group=GROUP, resource=RESOURCE, name=constraint.name, namespace=namespace or "")
    ask = authorizer.who_can if namespace is not None else authorizer.who_can_anywhere
    found = ask(request).expand(controllers)
    accesses = {access.subject: access for access in found}
    listed = _listed(constraint, {*_accounts(objects), *controllers.values()})
    makes: defaultdict[Account, list[str]] = defaultdict(list)
    for kind, account in sorted(controllers.items()):
        makes[account].append(kind)
    order = [*accesses, *sorted(listed.keys() - accesses.keys())]
    first, rest = order[:1], sorted(order[1:])
    users = tuple(
        ConstraintUser(
            subject,
            tuple(listed.get(subject, ())),
            accesses[subject].grants if subject in accesses else (),
            tuple(makes.get(Account(subject.namespace, subject.name), ()))
            if subject.kind == "ServiceAccount"
            else (),
        )
        for subject in (*first, *rest)
    )
    return users, found


def _listed(constraint: SecurityContextConstraints, accounts: Iterable[Account]) -> dict[Subject, list[str]]:
    """The subjects that the lists of constraints name, and the accounts that are in their groups."""
    found: defaultdict[Subject, list[str]] = defaultdict(list)
    for name in dict.fromkeys(constraint.users):
        account = split_service_account(name)
        subject = Subject("ServiceAccount", account[1], account[0]) if account else Subject("User", name)
        found[subject].append(f"{USERS}: {name}")
    for name in dict.fromkeys(constraint.groups):
        found[Subject("Group", name)].append(f"{GROUPS}: {name}")
        for each in accounts:
            if name in {ALL_AUTHENTICATED, ALL_SERVICE_ACCOUNTS, f"{ALL_SERVICE_ACCOUNTS}:{each.namespace}"}:
                found[Subject("ServiceAccount", each.name, each.namespace)].append(f"{GROUPS}: {name}")
    return found


def _accounts(objects: Objects) -> Iterable[Account]:
    return (
        Account(*key)
        for key, account in objects.service_accounts.items()
        if not account.assumed or objects.assumed_is_listed
    )


def unknown_users(constraint: SecurityContextConstraints, objects: Objects) -> tuple[str, ...]:
    """The service accounts in the list of constraints that are known not to exist."""
    return tuple(
        name
        for name in dict.fromkeys(constraint.users)
        if (account := split_service_account(name)) and objects.lacks_account(*account)
    )

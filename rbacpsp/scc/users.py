"""Who may use security context constraints: by their lists of users and groups, and by RBAC.

A pod gets constraints through its service account or its creator. An account that creates pods is in
system:authenticated; as the account of a pod it is not.
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
    """A subject that may use constraints, and the entries or grants that allow it."""

    subject: Subject
    listed: tuple[str, ...] = ()
    """The entries of the constraints that name it: `users: alice`, `groups: dev`."""
    grants: tuple[Grant, ...] = ()
    """The RBAC grants that allow it."""
    controls: tuple[str, ...] = ()
    """The kinds of workloads whose pods it creates."""

    @property
    def as_account(self) -> bool:
        """Whether pods that run as it may use them; grants to system:authenticated do not count for pods."""
        subject = self.subject
        if subject.kind == "Group":
            name = subject.name
            return name == ALL_SERVICE_ACCOUNTS or name.startswith(f"{ALL_SERVICE_ACCOUNTS}:")
        if subject.kind != "ServiceAccount":
            return False
        everyone = f"{GROUPS}: {ALL_AUTHENTICATED}"
        return any(entry != everyone for entry in self.listed) or any(
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
        authorizer: The cluster's RBAC.
        objects: The service accounts of the cluster.
        constraint: The constraints.
        controllers: The account that creates the pods of each kind of workload.
        namespace: Where; None: in at least one namespace.

    Returns:
        The subjects, system:masters first and the others sorted; and RBAC's answer.
    """
    request = Request("use", group=GROUP, resource=RESOURCE, name=constraint.name, namespace=namespace or "")
    ask = authorizer.who_can if namespace is not None else authorizer.who_can_anywhere
    who_can = ask(request).expand(controllers)
    accesses = {access.subject: access for access in who_can}
    listed = _listed(constraint, {*_accounts(objects), *controllers.values()})
    controlled_kinds: defaultdict[Account, list[str]] = defaultdict(list)
    for kind, account in sorted(controllers.items()):
        controlled_kinds[account].append(kind)
    order = [*accesses, *sorted(listed.keys() - accesses.keys())]
    masters, others = order[:1], sorted(order[1:])
    users = tuple(
        ConstraintUser(
            subject,
            tuple(listed.get(subject, ())),
            accesses[subject].grants if subject in accesses else (),
            tuple(controlled_kinds.get(Account(subject.namespace, subject.name), ()))
            if subject.kind == "ServiceAccount"
            else (),
        )
        for subject in (*masters, *others)
    )
    return users, who_can


def _listed(constraint: SecurityContextConstraints, accounts: Iterable[Account]) -> dict[Subject, list[str]]:
    """The subjects that the lists of constraints name, and the accounts that are in their groups."""
    entries_by_subject: defaultdict[Subject, list[str]] = defaultdict(list)
    for name in dict.fromkeys(constraint.users):
        account = split_service_account(name)
        subject = Subject("ServiceAccount", account[1], account[0]) if account else Subject("User", name)
        entries_by_subject[subject].append(f"{USERS}: {name}")
    for name in dict.fromkeys(constraint.groups):
        entries_by_subject[Subject("Group", name)].append(f"{GROUPS}: {name}")
        for service_account in accounts:
            if name in {
                ALL_AUTHENTICATED,
                ALL_SERVICE_ACCOUNTS,
                f"{ALL_SERVICE_ACCOUNTS}:{service_account.namespace}",
            }:
                entries_by_subject[
                    Subject("ServiceAccount", service_account.name, service_account.namespace)
                ].append(f"{GROUPS}: {name}")
    return entries_by_subject


def _accounts(objects: Objects) -> Iterable[Account]:
    return (
        Account(*key)
        for key, account in objects.service_accounts.items()
        if not account.assumed or objects.assumed_is_listed
    )


def unknown_users(constraint: SecurityContextConstraints, objects: Objects) -> tuple[str, ...]:
    """The service accounts in the list of constraints that do not exist."""
    return tuple(
        name
        for name in dict.fromkeys(constraint.users)
        if (account := split_service_account(name)) and objects.lacks_account(*account)
    )

"""A table of subjects and policies: who may use which policy where, and how many pods depend on it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from rbacpsp.model import Request, Subject, User
from rbacpsp.model.request import split_service_account
from rbacpsp.psp.users import policy_users
from rbacpsp.rbac import Access, Grant
from rbacpsp.simulate.creators import CONTROLLER_MANAGER
from rbacpsp.simulate.simulation import Simulation


class Cell(NamedTuple):
    """A subject's `use` of a policy."""

    scopes: tuple[str, ...]
    """The namespaces in which it may use the policy; the empty name means all."""
    pods: int
    """How many pods would get the policy through this subject.

    They run as it, it creates them, or the grant names it.
    """


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A subject, and the policies that it may use."""

    subject: Subject
    controls: tuple[str, ...]
    """The kinds whose pods it creates."""
    creates: tuple[str, ...]
    """The namespaces in which it may create pods itself; the empty name means all."""
    cells: Mapping[str, Cell]
    """The cells by policy, without policies that it may not use."""


def matrix(
    simulation: Simulation, policies: Iterable[str], namespace: str | None = None
) -> tuple[MatrixRow, ...]:
    """A row for every subject that creates pods, that a grant names, or that pods depend on.

    Service accounts that have `use` only through a group, and do not use it, have no row. The first row is
    `system:masters`, who may do everything; the others are sorted.

    Args:
        simulation: The simulation with the pods to count.
        policies: The columns.
        namespace: Consider only pods of this namespace; None: of all.
    """
    controllers = simulation.creators.accounts
    sharing = simulation.creators.sharing
    manager = {_subject(CONTROLLER_MANAGER): sharing} if sharing else {}
    authorizer = simulation.authorizer
    create = Request("create", resource="pods", namespace=namespace or "")
    creators_of_pods = (
        authorizer.who_can_anywhere(create) if namespace is None else authorizer.who_can(create)
    )
    pod_creators = {access.subject: access for access in creators_of_pods.expand(controllers)}
    holders = {
        policy: {
            access.subject: access
            for access in policy_users(authorizer, policy, namespace).expand(controllers)
        }
        for policy in policies
    }
    counts = _counts(simulation, namespace)
    order: dict[Subject, None] = dict.fromkeys(
        (
            next(iter(pod_creators)),
            *sorted(
                {
                    *pod_creators,
                    *manager,
                    *(holder for holders_of_policy in holders.values() for holder in holders_of_policy),
                }
            ),
        )
    )
    rows = []
    for subject in order:
        accesses_of_subject = [
            accesses[subject] for accesses in (pod_creators, *holders.values()) if subject in accesses
        ]
        controls = manager.get(subject) or next(
            (access.controls for access in accesses_of_subject if access.controls), ()
        )
        cells = {
            policy: Cell(holders_of_policy[subject].namespaces, counts[subject, policy])
            for policy, holders_of_policy in holders.items()
            if subject in holders_of_policy
        }
        has_effect = subject in pod_creators or controls or any(cell.pods for cell in cells.values())
        if has_effect or any(
            _names(holders_of_policy[subject], subject)
            for holders_of_policy in holders.values()
            if subject in holders_of_policy
        ):
            rows.append(MatrixRow(subject, controls, _namespaces(pod_creators.get(subject)), cells))
    return tuple(rows)


def _names(access: Access, subject: Subject) -> bool:
    """Whether a grant names the subject itself."""
    return any(
        _grant_subject(grant) == replace(subject, api_group=grant.subject.api_group)
        for grant in access.grants
    )


def _namespaces(access: Access | None) -> tuple[str, ...]:
    return () if access is None else access.namespaces


def _counts(simulation: Simulation, namespace: str | None) -> Counter[tuple[Subject, str]]:
    """How many pods would get a policy through a subject."""
    counts: Counter[tuple[Subject, str]] = Counter()
    for row in simulation:
        if namespace not in {None, row.namespace}:
            continue
        for part in row.parts:
            policy, winner = part.ruling.admission.policy, part.ruling.winner
            if policy is None or winner is None:
                continue
            subjects = {_subject(user) for user in winner.usable_by} | set(map(_grant_subject, winner.grants))
            for subject in subjects:
                counts[subject, policy] += len(part.pods)
    return counts


def _subject(user: User) -> Subject:
    account = split_service_account(user.name)
    return (
        Subject("User", user.name) if account is None else Subject("ServiceAccount", account[1], account[0])
    )


def _grant_subject(grant: Grant) -> Subject:
    """The subject of a grant; a service account without a namespace gets that of the binding."""
    subject = grant.subject
    if subject.kind == "ServiceAccount" and not subject.namespace:
        return replace(subject, namespace=grant.scope)
    return subject

"""Builds the rows of grants and their use: one for each rule that a binding gives to a subject."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from rbacpsp.auditlog.authorizations import AuthorizationRequest
from rbacpsp.auditlog.record import Tally
from rbacpsp.auditlog.removable import Binding, identity
from rbacpsp.catalog.bootstrap_objects import of_any_version
from rbacpsp.model import ClusterRole, Objects, PolicyRule, Role, Subject
from rbacpsp.rbac import Authorizer
from rbacpsp.rbac.index import subject_meant
from rbacpsp.rbac.supports import Support

RowKey = tuple[str, str, str, Subject, int]


class UsageRow(Struct, frozen=True):
    """One rule that a binding gives to a subject, and the requests that it allowed."""

    subject: Subject
    """As the binding writes it."""
    binding: Binding
    role: Role | ClusterRole
    rule_index: int
    count: int
    """How many recorded requests it allows, which other grants may allow too."""
    alone: int
    """How many recorded requests only this grant allows."""
    last: str
    """The time of the last of them; empty if there is none."""
    requests: tuple[tuple[AuthorizationRequest, int], ...]
    """The distinct requests with their counts, the most frequent first."""

    @property
    def used(self) -> bool:
        """Whether it allows any recorded request."""
        return self.count > 0

    @property
    def rule(self) -> PolicyRule:
        """The rule."""
        return self.role.rules[self.rule_index]


class _Use:
    def __init__(self) -> None:
        self.tally = Tally()
        self.alone = 0
        self.requests: list[tuple[AuthorizationRequest, int]] = []


def usage_rows(
    objects: Objects,
    authorizer: Authorizer,
    supports: dict[AuthorizationRequest, tuple[Support, ...]],
    allowed: dict[AuthorizationRequest, Tally],
    *,
    user: str,
    include_system: bool,
) -> Iterator[UsageRow]:
    """The rows of a cluster, sorted by binding.

    Args:
        objects: The objects of the cluster while the log was written.
        authorizer: The authorizer of these objects.
        supports: The supports of each recorded allowed request.
        allowed: How often and when each request was made.
        user: Only grants to this user; empty: to everybody.
        include_system: Whether bootstrap objects have rows.
    """
    uses = _uses(supports, allowed)
    names = _names(user, supports)
    bootstrap = of_any_version()
    bindings: list[Binding] = [*objects.cluster_role_bindings.values(), *objects.role_bindings.values()]
    for binding in sorted(bindings, key=identity):
        role = authorizer.referred(binding).role
        for subject in dict.fromkeys(binding.subjects):
            if names and subject_meant(subject, binding.metadata.namespace) not in names:
                continue
            if not include_system and bootstrap.subject(binding, subject):
                continue
            for index in range(len(role.rules)):
                use = uses.get((*identity(binding), subject, index)) or _Use()
                requests = tuple(
                    sorted(use.requests, key=lambda request: (-request[1], request[0][1:8], request[0]))
                )
                yield UsageRow(
                    subject, binding, role, index, use.tally.count, use.alone, use.tally.last, requests
                )


def _uses(
    supports: dict[AuthorizationRequest, tuple[Support, ...]], allowed: dict[AuthorizationRequest, Tally]
) -> dict[RowKey, _Use]:
    uses: dict[RowKey, _Use] = {}
    for request, supports_of_request in supports.items():
        tally = allowed[request]
        keys = {
            (*identity(support.binding), support.subject, support.rule_index)
            for support in supports_of_request
        }
        for key in keys:
            use = uses.setdefault(key, _Use())
            use.tally.merge(tally)
            use.requests.append((request, tally.count))
            if len(keys) == 1:
                use.alone += tally.count
    return uses


def _names(user: str, asked: Iterable[AuthorizationRequest]) -> set[Subject | None]:
    """The subjects of a user: the user itself, and the groups that it had in the log."""
    if not user:
        return set()
    groups = {group for request in asked if request.user == user for group in request.groups}
    return {subject_meant(Subject("User", user), ""), *(Subject("Group", group) for group in groups)}

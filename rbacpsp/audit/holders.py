"""The subjects that hold one of some permissions, and in which scopes; one named object is enough.

Callers ask about few subjects: each role is matched once, and each subject when a caller asks about it.
"""

from collections.abc import Iterable

from msgspec import Struct

from rbacpsp.audit.finding import Binding
from rbacpsp.audit.permission import Permission, match
from rbacpsp.model import PolicyRule, Subject
from rbacpsp.rbac.table import RoleRules


class Granted(Struct, frozen=True, gc=False, eq=False):
    """A binding, the role that it grants, the namespace to which it is limited, and its subjects."""

    binding: Binding
    role: RoleRules
    scope: str
    subjects: tuple[Subject, ...]


class PermissionHolders:
    """The holders of one of some permissions; the grants passed to it must live as long as this object."""

    def __init__(self, permissions: tuple[Permission, ...]) -> None:
        self.applied = tuple(permission for permission in permissions if permission.applied)
        """Those that do not count here, since they may need rules of several roles."""
        plain = [permission for permission in permissions if not permission.applied]
        self._local = tuple(permission for permission in plain if permission.namespaced)
        self._wide = tuple(permission for permission in plain if not permission.namespaced)
        self._words = {
            word for permission in plain for word in (permission.resource, f"*/{permission.subresource}", "*")
        }
        self._given: dict[RoleRules, tuple[bool, bool]] = {}
        """By role: whether it grants one in a namespace, and in the whole cluster."""
        self._scopes: dict[int, set[str]] = {}
        """By the id of the grants of a subject."""

    def scopes(self, grants: tuple[Granted, ...]) -> set[str]:
        """The scopes in which the subject of some grants holds one."""
        scopes = self._scopes.get(id(grants))
        if scopes is None:
            scopes = self._scopes[id(grants)] = {
                granted.scope for granted in grants if self._gives(granted.role)[not granted.scope]
            }
        return scopes

    def _gives(self, role: RoleRules) -> tuple[bool, bool]:
        given = self._given.get(role)
        if given is None:
            rules = [rule for rule in role.rules if not self._words.isdisjoint(rule.resources)]
            local = _allows(rules, self._local)
            given = self._given[role] = (local, local or _allows(rules, self._wide))
        return given


def _allows(rules: Iterable[PolicyRule], permissions: tuple[Permission, ...]) -> bool:
    return any(match(rule, permission) is not None for rule in rules for permission in permissions)

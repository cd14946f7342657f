"""The named objects that a subject may create by server-side apply: both create and patch, with the name.

The two may come from different rules, roles and bindings, but hold together only where both hold.
Source: apiserver/pkg/endpoints/handlers/patch.go createAuthorizerAttributes (1.24).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from rbacpsp.audit.holders import Granted
from rbacpsp.audit.permission import Match, Permission, match, to_patch, unlimited_match
from rbacpsp.model import Subject
from rbacpsp.rbac.match import ALL
from rbacpsp.rbac.table import RoleRules

Names = frozenset[str]


class AppliedNames:
    """The names for one permission of `by_apply`; the roles passed to it must live as long as this object."""

    def __init__(self, permission: Permission) -> None:
        self._permission = permission
        self._created: dict[int, Names] = {}
        """By the id of a role: the names that its rules with `create` are limited to."""
        self._patches: dict[int, tuple[Names, ...]] = {}
        """By the id of a role: the names that each of its rules with `patch` is limited to; none: all."""
        self._by_subject: dict[Subject, Mapping[str, Names]] = {}

    def of(self, subject: Subject, grants: Iterable[Granted]) -> Mapping[str, Names]:
        """By scope: the names that a subject with some grants may both create and patch."""
        names = self._by_subject.get(subject)
        if names is None:
            names = self._by_subject[subject] = self._together(tuple(grants))
        return names

    def _together(self, grants: tuple[Granted, ...]) -> Mapping[str, Names]:
        creates: dict[str, set[str]] = {}
        for granted in grants:
            if not granted.scope or self._permission.namespaced:
                created = self._created_by(granted.role)
                if created:
                    creates.setdefault(granted.scope, set()).update(created)
        applied: dict[str, set[str]] = {}
        for granted in grants if creates else ():
            limits, where = self._patched_by(granted.role), granted.scope
            if not limits or (where and not self._permission.namespaced):
                continue
            for scope in ("", where) if where else creates:
                if scope in creates:
                    applied.setdefault(scope or where, set()).update(_within(creates[scope], limits))
        everywhere = applied.get("", set())
        return {
            scope: frozenset(left)
            for scope, names in applied.items()
            if (left := names - everywhere if scope else names)
        }

    def _created_by(self, role: RoleRules) -> Names:
        created = self._created.get(id(role))
        if created is None:
            matches = (match(rule, self._permission) for rule in role.rules if rule.resource_names)
            created = frozenset(name for found in matches if found for name in found.names)
            self._created[id(role)] = created
        return created

    def _patched_by(self, role: RoleRules) -> tuple[Names, ...]:
        limits = self._patches.get(id(role))
        if limits is None:
            limits = self._patches[id(role)] = _limits(role, self._permission)
        return limits


def applied_by(granted: Match, role: RoleRules) -> Iterator[tuple[Match, bool]]:
    """The parts of a match of a role: what the role itself suffices for, then what lacks `patch`.

    A match without server-side apply is one part.
    """
    if not granted.lacks_patch:
        yield granted, False
        return
    patched = _within(granted.names, _limits(role, granted.permission))
    for lacks_patch in (False, True):
        names = tuple(name for name in granted.names if (name in patched) != lacks_patch)
        if names:
            yield replace(granted, names=names), lacks_patch


def applied_in(
    scopes: Iterable[str], granted: Match, applied: Mapping[str, Names]
) -> Iterator[tuple[str, Match]]:
    """The parts of a match in some scopes whose names the holder may create by server-side apply."""
    for scope in scopes:
        for where, together in applied.items():
            names = tuple(name for name in granted.names if name in together)
            if names and (not scope or where in {"", scope}):
                yield scope or where, replace(granted, names=names)


def _limits(role: RoleRules, permission: Permission) -> tuple[Names, ...]:
    """The names that each rule of a role with `patch` is limited to; no names are all names."""
    patch = to_patch(permission)
    return tuple(
        frozenset(rule.resource_names)
        for rule in role.rules
        if "patch" in rule.verbs or ALL in rule.verbs
        if unlimited_match(rule, patch) is not None
    )


def _within(names: Iterable[str], limits: tuple[Names, ...]) -> set[str]:
    """Those of some names that one of some limits covers."""
    return {name for name in names if any(not limit or name in limit for limit in limits)}

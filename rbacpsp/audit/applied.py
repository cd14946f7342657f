"""The named objects that a subject may create by server-side apply: both create and patch, with the name.

The two may come from different rules, roles and bindings, but hold together only where both hold.
Source: apiserver/pkg/endpoints/handlers/patch.go createAuthorizerAttributes (1.24).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from rbacpsp.audit.holders import Granted
from rbacpsp.audit.permission import Match, Permission, match, to_patch, unlimited_match
from rbacpsp.model import Subject
from rbacpsp.rbac.match import ALL
from rbacpsp.rbac.table import RoleRules

Names = frozenset[str]
_NONE: Names = frozenset()


class _Part(NamedTuple):
    """What several grants contribute: by scope, the names to create, and those to patch (None: all)."""

    creates: tuple[tuple[str, Names], ...]
    patches: tuple[tuple[str, Names | None], ...]


class AppliedNames:
    """The names for one permission of `by_apply`; the grants that it gets must live as long as it does."""

    def __init__(self, permission: Permission) -> None:
        self._permission = permission
        self._created: dict[int, Names] = {}
        """By the id of a role: the names that its rules with `create` are limited to."""
        self._patches: dict[int, Names | None] = {}
        """By the id of a role: the names that its rules with `patch` are limited to; None: all."""
        self._parts: dict[int, _Part] = {}
        """By the id of grants: what they contribute; all members of a group share those of the group."""
        self._by_subject: dict[Subject, Mapping[str, Names]] = {}

    def of(self, subject: Subject, grants: Iterable[tuple[Granted, ...]]) -> Mapping[str, Names]:
        """By scope: the names that a subject with its grants and those of its groups may create and patch."""
        names = self._by_subject.get(subject)
        if names is None:
            names = self._by_subject[subject] = self._together([self._part(each) for each in grants])
        return names

    def _part(self, grants: tuple[Granted, ...]) -> _Part:
        part = self._parts.get(id(grants))
        if part is None:
            honored = [each for each in grants if not each.scope or self._permission.namespaced]
            creates = ((each.scope, self._created_by(each.role)) for each in honored)
            patches = ((each.scope, self._patched_by(each.role)) for each in honored)
            part = self._parts[id(grants)] = _Part(
                tuple((scope, names) for scope, names in creates if names),
                tuple((scope, names) for scope, names in patches if names != _NONE),
            )
        return part

    def _together(self, parts: list[_Part]) -> Mapping[str, Names]:
        creates: dict[str, set[str]] = {}
        for scope, created in (each for part in parts for each in part.creates):
            creates.setdefault(scope, set()).update(created)
        applied: dict[str, set[str]] = {}
        for where, patched in (each for part in parts for each in part.patches) if creates else ():
            for scope in ("", where) if where else creates:
                if scope in creates:
                    applied.setdefault(scope or where, set()).update(_within(creates[scope], patched))
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

    def _patched_by(self, role: RoleRules) -> Names | None:
        if id(role) not in self._patches:
            self._patches[id(role)] = _patched(role, self._permission)
        return self._patches[id(role)]


class AppliedByRole:
    """What a role itself suffices for, of the objects that it may create by server-side apply."""

    def __init__(self, role: RoleRules) -> None:
        self._role = role
        self._patches: dict[int, Names | None] = {}
        """By the id of a permission: the names that the rules with `patch` are limited to; None: all."""

    def parts(self, granted: Match) -> Iterator[tuple[Match, bool]]:
        """The parts of a match of the role: what the role itself suffices for, then what lacks `patch`.

        A match without server-side apply is one part.
        """
        if not granted.lacks_patch:
            yield granted, False
            return
        permission = granted.permission
        if id(permission) not in self._patches:
            self._patches[id(permission)] = _patched(self._role, permission)
        patched = _within(granted.names, self._patches[id(permission)])
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


def _patched(role: RoleRules, permission: Permission) -> Names | None:
    """The names that the rules of a role with `patch` are limited to; None if one has no names."""
    patch = to_patch(permission)
    limits = [
        rule.resource_names
        for rule in role.rules
        if ("patch" in rule.verbs or ALL in rule.verbs) and unlimited_match(rule, patch) is not None
    ]
    return frozenset(chain.from_iterable(limits)) if all(limits) else None


def _within(names: Iterable[str], limit: Names | None) -> Names:
    """Those of some names that a limit covers; None covers all."""
    return frozenset(names) if limit is None else limit.intersection(names)

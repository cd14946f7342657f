"""The named objects that a subject may create by server-side apply: both create and patch, with the name.

The two may come from different rules, roles and bindings, but hold together only where both hold.
Source: apiserver/pkg/endpoints/handlers/patch.go createAuthorizerAttributes (1.24).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from rbacpsp.audit.holders import Granted
from rbacpsp.audit.permission import Match, Permission, match, to_patch, unlimited_match
from rbacpsp.model import PolicyRule, Subject
from rbacpsp.rbac.match import ALL
from rbacpsp.rbac.table import RoleRules

Names = frozenset[str]
_NONE: Names = frozenset()


class AppliedNames:
    """The names for one permission of `by_apply`."""

    def __init__(self, permission: Permission) -> None:
        self._permission = permission
        self._patch = _Patch(permission)
        self._created: dict[RoleRules, Names] = {}
        """By role: the names that its rules with `create` are limited to."""
        self._patches: dict[RoleRules, Names | None] = {}
        """By role: the names that its rules with `patch` are limited to; None: all."""
        self._known: dict[tuple[Subject, str], Mapping[str, Names]] = {}

    def of(self, subject: Subject, grants: Iterable[tuple[Granted, ...]], within: str) -> Mapping[str, Names]:
        """By scope: the names that a subject with its grants and those of its groups may create and patch.

        Args:
            subject: The subject.
            grants: Its grants in the whole cluster and there, and those of each of its groups.
            within: The namespace that matters; empty: every scope.
        """
        names = self._known.get((subject, within))
        if names is None:
            names = self._known[subject, within] = self._together([*chain.from_iterable(grants)])
        return names

    def _together(self, grants: list[Granted]) -> Mapping[str, Names]:
        if not self._permission.namespaced:
            grants = [each for each in grants if not each.scope]
        creates: dict[str, set[str]] = {}
        for granted in grants:
            created = self._created_by(granted.role)
            if created:
                creates.setdefault(granted.scope, set()).update(created)
        applied: dict[str, set[str]] = {}
        for granted in grants if creates else ():
            patched, where = self._patched_by(granted.role), granted.scope
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
        created = self._created.get(role)
        if created is None:
            named = [rule for rule in self._patch.relevant(role, "create") if rule.resource_names]
            matches = (match(rule, self._permission) for rule in named)
            created = (
                frozenset(name for found in matches if found for name in found.names) if named else _NONE
            )
            self._created[role] = created
        return created

    def _patched_by(self, role: RoleRules) -> Names | None:
        if role not in self._patches:
            self._patches[role] = self._patch.names(role)
        return self._patches[role]


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
            self._patches[id(permission)] = _Patch(permission).names(self._role)
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


class _Patch:
    """The permission to patch what a permission of `by_apply` creates."""

    def __init__(self, permission: Permission) -> None:
        self._permission = to_patch(permission)
        self._words = {permission.resource, f"*/{permission.subresource}", ALL}

    def relevant(self, role: RoleRules, verb: str) -> list[PolicyRule]:
        """The rules of a role that may be about the resource and a verb; comparing them all takes long."""
        return [
            rule
            for rule in role.rules
            if (verb in rule.verbs or ALL in rule.verbs) and not self._words.isdisjoint(rule.resources)
        ]

    def names(self, role: RoleRules) -> Names | None:
        """The names that the rules of a role with `patch` are limited to; None if one has no names."""
        limits = [
            rule.resource_names
            for rule in self.relevant(role, "patch")
            if unlimited_match(rule, self._permission) is not None
        ]
        return frozenset(chain.from_iterable(limits)) if all(limits) else None


def _within(names: Iterable[str], limit: Names | None) -> Names:
    """Those of some names that a limit covers; None covers all."""
    return frozenset(names) if limit is None else limit.intersection(names)

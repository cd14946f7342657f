"""Finds the escalation steps that the rules of a role allow."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from rbacpsp.audit.applied import AppliedByRole
from rbacpsp.audit.finding import RuleMatch
from rbacpsp.audit.permission import Match, Permission, limited, of_groups, unlimited_match
from rbacpsp.audit.resource_rules import Parts
from rbacpsp.model import PolicyRule
from rbacpsp.paths.technique import ClusterFacts, Technique
from rbacpsp.rbac.match import ALL
from rbacpsp.rbac.table import RoleRules

_ROLES = frozenset({"roles", "clusterroles"})


class Action(Struct, frozen=True, gc=False):
    """A rule of a role that allows the steps of a family."""

    technique: Technique
    rule_match: RuleMatch
    kind: int
    """Actions of one kind lead to the same places in the same scope."""
    lacks_patch: bool = False
    """Whether it counts only for holders who may patch objects of its names by another role."""


Allowed = tuple[int, Match, int]
"""The index of the family, the permission that a rule grants, and the kind of the action."""


class Actions:
    """Finds the actions of roles; the permissions of the families are indexed by the words that rules use."""

    def __init__(self, techniques: tuple[Technique, ...], facts: ClusterFacts) -> None:
        self.techniques = techniques
        self._facts = facts
        self._by_word: dict[str, list[tuple[int, Permission]]] = {}
        self._all: list[tuple[int, Permission]] = []
        self._kinds: dict[tuple[int, object], int] = {}
        for place, technique in enumerate(techniques):
            for permission in technique.permissions:
                if not permission.is_honored(facts.version):
                    continue
                self._all.append((place, permission))
                words = {permission.resource, f"*/{permission.subresource}"}
                for word in words if permission.subresource else {permission.resource}:
                    self._by_word.setdefault(word, []).append((place, permission))
        self._parts = Parts((permission for _, permission in self._all), self._allowed)
        self._groups = {
            id(one_of): [permission for permission in one_of if permission.is_honored(facts.version)]
            for technique in techniques
            for one_of in technique.also
        }
        self._by_name = {
            id(one_of) for technique in techniques if technique.by_name for one_of in technique.also
        }
        needed = (permission for one_of in self._groups.values() for permission in one_of)
        self._met = Parts(needed, self._meets)

    def of(self, role: RoleRules) -> list[Action]:
        """The actions that the rules of a role allow in the whole cluster."""
        techniques, by_role = self.techniques, AppliedByRole(role)
        actions = []
        for index, rule in enumerate(role.rules):
            names = rule.resource_names
            parts = self._parts.of(rule)
            if parts is None:
                parts = tuple(self._allowed(rule))
            for place, found, kind in parts:
                granted = limited(found, names)
                if granted is found:
                    actions.append(Action(techniques[place], RuleMatch(index, found), kind))
                elif granted is None:
                    continue
                elif not granted.lacks_patch:
                    same = self._kind(place, granted)
                    actions.append(Action(techniques[place], RuleMatch(index, granted), same))
                else:
                    for part, lacks_patch in by_role.parts(granted):
                        hit, same = RuleMatch(index, part), self._kind(place, part)
                        actions.append(Action(techniques[place], hit, same, lacks_patch))
        return actions

    def met(self, role: RoleRules, *, local: bool) -> set[int]:
        """The ids of the tuples of permissions in `also` of which the role grants at least one.

        Args:
            role: The role.
            local: Whether it is held in a namespace, where it grants nothing on cluster-scoped resources.
        """
        met_groups: set[int] = set()
        by_role = AppliedByRole(role)
        for rule in role.rules:
            names = rule.resource_names
            parts = self._met.of(rule)
            if parts is None:
                parts = tuple(self._meets(rule))
            for group, matched in parts:
                if group in self._by_name and not _covers(matched, names, role.role.name):
                    continue
                granted = limited(matched, names) if matched.permission.namespaced or not local else None
                if granted and not all(lacks_patch for _, lacks_patch in by_role.parts(granted)):
                    met_groups.add(group)
        return met_groups

    def _meets(self, rule: PolicyRule) -> Iterator[tuple[int, Match]]:
        for group, one_of in self._groups.items():
            for permission in one_of:
                permission_match = unlimited_match(rule, permission)
                if permission_match is not None:
                    yield group, permission_match

    def _allowed(self, rule: PolicyRule) -> Iterator[Allowed]:
        by_word, words = self._by_word, rule.resources
        entries: Iterable[tuple[int, Permission]] = (
            of_groups(self._all, rule)
            if ALL in words
            else dict.fromkeys(entry for word in words for entry in by_word.get(word, ()))
        )
        matches: dict[int, Match | None] = {}  # several families use the same permission
        for place, permission in entries:
            key = id(permission)
            if key not in matches:
                matches[key] = unlimited_match(rule, permission)
            found = matches[key]
            if found is not None:
                yield place, found, self._kind(place, found)

    def _kind(self, place: int, match: Match) -> int:
        alike = self.techniques[place].alike
        depends = alike(self._facts, match) if alike else (id(match.permission), match.names)
        return self._kinds.setdefault((place, depends), len(self._kinds))


def _covers(match: Match, names: tuple[str, ...], role: str) -> bool:
    """Whether a role grants a permission on all objects, new ones included, or to change the role itself."""
    if "create" in match.permission.verbs:
        return not names and "create" in match.verbs
    return not names or (role in names and match.permission.resource in _ROLES)

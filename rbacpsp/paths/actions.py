"""What the rules of a role allow of the families of steps."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rbacpsp.audit.finding import Hit
from rbacpsp.audit.permission import Match, Permission, match
from rbacpsp.model import PolicyRule
from rbacpsp.paths.technique import Site, Technique
from rbacpsp.rbac.match import ALL
from rbacpsp.rbac.table import RoleRules


class Action(NamedTuple):
    """What a rule of a role allows of a family of steps."""

    technique: Technique
    hit: Hit
    kind: int
    """Actions of one kind lead to the same places in the same scope."""


Allowed = tuple[tuple[Technique, Match, int], ...]
"""What a rule allows: the family, the permission and the kind of the action."""


class Actions:
    """Finds the actions of roles: the permissions of the families by the words that rules use."""

    def __init__(self, techniques: tuple[Technique, ...], site: Site) -> None:
        self.techniques = techniques
        self._site = site
        self._by_word: dict[str, list[tuple[int, Permission]]] = {}
        self._all: list[tuple[int, Permission]] = []
        self._kinds: dict[tuple[int, object], int] = {}
        self._known: dict[PolicyRule, Allowed] = {}
        for place, technique in enumerate(techniques):
            for permission in technique.permissions:
                if permission.before is not None and site.version >= permission.before:
                    continue
                self._all.append((place, permission))
                words = {permission.resource, f"*/{permission.subresource}"}
                for word in words if permission.subresource else {permission.resource}:
                    self._by_word.setdefault(word, []).append((place, permission))

    def of(self, role: RoleRules) -> Iterator[Action]:
        """The actions that the rules of a role allow in the whole cluster."""
        for index, rule in enumerate(role.rules):
            known = self._known.get(rule)
            if known is None:
                known = self._known[rule] = tuple(self._allowed(rule))
            for technique, found, kind in known:
                yield Action(technique, Hit(index, found), kind)

    def _allowed(self, rule: PolicyRule) -> Iterator[tuple[Technique, Match, int]]:
        by_word, words = self._by_word, rule.resources
        entries: Iterable[tuple[int, Permission]]
        if ALL in words:
            entries = self._all
        elif len(words) == 1:
            entries = by_word.get(words[0], ())
        else:
            entries = dict.fromkeys(entry for word in words for entry in by_word.get(word, ()))
        matches: dict[int, Match | None] = {}  # several families use the same permission
        for place, permission in entries:
            key = id(permission)
            if key not in matches:
                matches[key] = match(rule, permission)
            found = matches[key]
            if found is not None:
                yield self.techniques[place], found, self._kind(place, found)

    def _kind(self, place: int, match: Match) -> int:
        alike = self.techniques[place].alike
        depends = alike(self._site, match) if alike else (id(match.permission), match.names)
        return self._kinds.setdefault((place, depends), len(self._kinds))

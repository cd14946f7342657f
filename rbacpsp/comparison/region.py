"""Represents rules as sets of requests."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacpsp.comparison.words import (
    ANY_NAME,
    Above,
    above_literal,
    above_name,
    above_resource,
    above_url,
    common,
    hold,
    matches_nothing,
    meet,
    one_star,
    widest,
)
from rbacpsp.model import PolicyRule
from rbacpsp.rbac.match import ALL

Side = frozenset[str]

_OF_RESOURCES: tuple[Above, ...] = (above_literal, above_literal, above_resource, above_name)
_OF_URLS: tuple[Above, ...] = (above_literal, above_url)
_EVERY_NAME = frozenset({ANY_NAME})


class Region(NamedTuple):
    """The requests that some words allow: every combination of a word of each side.

    The sides are verbs, API groups, resources and names, or verbs and URLs. No word of a side covers another,
    so that equal sets of requests are equal regions.
    """

    sides: tuple[Side, ...]

    @property
    def is_of_urls(self) -> bool:
        """Whether these are requests for non-resource URLs."""
        return len(self.sides) == len(_OF_URLS)

    @property
    def above(self) -> tuple[Above, ...]:
        """The functions that give, for a word of each side, the words that cover it."""
        return _OF_URLS if self.is_of_urls else _OF_RESOURCES

    @property
    def order(self) -> tuple[object, ...]:
        """Sorts regions: wider ones tend to be first, and URLs are last."""
        narrow = tuple(side.isdisjoint((ALL, ANY_NAME)) for side in self.sides)
        return (self.is_of_urls, narrow, tuple(tuple(sorted(side)) for side in self.sides))

    @property
    def rule(self) -> PolicyRule:
        """The rule that allows exactly this."""
        words = tuple(tuple(sorted(side)) for side in self.sides)
        if self.is_of_urls:
            return PolicyRule(verbs=words[0], non_resource_urls=words[1])
        names = () if self.sides[3] == _EVERY_NAME else words[3]
        return PolicyRule(verbs=words[0], api_groups=words[1], resources=words[2], resource_names=names)

    @property
    def size(self) -> int:
        """The number of combinations of words."""
        number = 1
        for side in self.sides:
            number *= len(side)
        return number

    def holds(self, other: "Region") -> bool:
        """Whether it allows everything that another region allows."""
        return len(self.sides) == len(other.sides) and all(
            map(hold, self.sides, other.sides, self.above),
        )

    def meets(self, other: "Region") -> bool:
        """Whether both allow some request."""
        return len(self.sides) == len(other.sides) and all(map(meet, self.sides, other.sides, self.above))

    def within(self, other: "Region") -> "Region":
        """What both allow; the two must overlap."""
        return Region(tuple(map(common, self.sides, other.sides, self.above)))


def regions_of(rule: PolicyRule, *, urls: bool) -> Iterator[Region]:
    """What a rule allows: resources, and URLs if they count (they do not in a RoleBinding)."""
    verbs = widest(rule.verbs, above_literal)
    if not verbs:
        return
    groups = widest(rule.api_groups, above_literal)
    kept = (word for word in rule.resources if not matches_nothing(word))
    resources = widest(kept, above_resource)
    if groups and resources:
        yield Region((verbs, groups, resources, frozenset(rule.resource_names) or _EVERY_NAME))
    if urls and rule.non_resource_urls:
        yield Region((verbs, widest(map(one_star, rule.non_resource_urls), above_url)))

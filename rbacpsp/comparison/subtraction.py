"""What some regions allow and others do not, as few regions with holes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from rbacpsp.comparison.coverage import Space, is_covered, joined
from rbacpsp.comparison.region import Region

MANY = 5_000
"""A rule with more combinations of verb, group, resource and name than this is not taken apart."""

Scopes = Mapping[str, Iterable[Region]]
"""Regions by the namespace in which they hold; empty: everywhere."""


class Hole(NamedTuple):
    """A part of a difference that does not differ."""

    namespace: str
    """Where; empty: everywhere that the difference is."""
    region: Region


class Difference(NamedTuple):
    """What one region allows in a namespace (empty: everywhere) and none of the holes does."""

    namespace: str
    region: Region
    holes: tuple[Hole, ...]
    whole: Region
    """The region of the first side that this is a part of."""


def subtract(some: Scopes, others: Scopes) -> list[Difference]:
    """What some regions allow and others do not; each difference holds a request that no other one does."""
    found: list[Difference] = []
    everywhere: list[Region] = []
    for namespace in sorted({"", *some}):
        there = set(others.get("", ())) | set(others.get(namespace, ()))
        fresh = sorted(set(some.get(namespace, ())) - there, key=lambda region: region.order)
        if not fresh:
            continue
        kept = list(everywhere)
        parts: list[tuple[Region, Region]] = []
        for region in fresh:
            near = [other for other in (*there, *kept) if other.meets(region)]
            left = _uncovered(region, near)
            if left:
                kept.append(region)
                parts += [(part, region) for part in left]
        parts = _needed(parts, [*there, *everywhere])
        if not namespace:
            everywhere = [part for part, _ in parts]
        for part, whole in parts:
            found.append(Difference(namespace, part, _holes(part, namespace, others), whole))
    return found


def _uncovered(region: Region, near: Sequence[Region]) -> list[Region]:
    """The parts of a region that hold what none of the others allows."""
    if not near:
        return [region]
    if any(other.holds(region) for other in near):
        return []
    pieces = _pieces(region)
    space = Space([*near, *pieces])
    owners = joined(space.box(other) for other in near)
    left = [piece for piece in pieces if not is_covered(space.box(piece), owners)]
    return [region] if len(left) == len(pieces) else _regrouped(left)


def _pieces(region: Region) -> list[Region]:
    """A region as regions of one word a side, unless these were too many."""
    if region.size > MANY:
        return [region]
    return [
        Region(tuple(frozenset({word}) for word in words)) for words in product(*map(sorted, region.sides))
    ]


def _regrouped(pieces: Iterable[Region]) -> list[Region]:
    """Pieces that differ on one side only, made one region; one side after the other."""
    found = list(pieces)
    for place in range(len(found[0].sides) if found else 0):
        joined: dict[tuple[object, ...], frozenset[str]] = {}
        for region in found:
            key = (region.sides[:place], region.sides[place + 1 :])
            joined[key] = joined.get(key, frozenset()) | region.sides[place]
        found = [Region((*before, side, *after)) for (before, after), side in joined.items()]  # type: ignore[misc]
    return found


def _needed(parts: list[tuple[Region, Region]], others: Sequence[Region]) -> list[tuple[Region, Region]]:
    """The parts without those that others of them, with what is no difference, cover."""
    kept = list(parts)
    for part in reversed(parts):
        rest = [each[0] for each in kept if each is not part and each[0].meets(part[0])]
        if not rest:
            continue
        near = [*rest, *(other for other in others if other.meets(part[0]))]
        space = Space([part[0], *near])
        if is_covered(space.box(part[0]), [space.box(other) for other in near]):
            kept = [each for each in kept if each is not part]
    return kept


def _holes(part: Region, namespace: str, others: Scopes) -> tuple[Hole, ...]:
    """Where the other side allows some of a part, the widest only."""
    places = sorted({"", namespace} & others.keys()) if namespace else sorted(others)
    found: list[Hole] = []
    wide: list[Region] = []
    for place in places:
        inside = {other.within(part) for other in others[place] if other.meets(part)}
        here: list[Region] = []
        for region in sorted(inside, key=lambda each: each.order):
            if any(other.holds(region) for other in (*wide, *here)):
                continue
            here = [*(other for other in here if not region.holds(other)), region]
        if not place:
            wide = here
        found += [Hole(namespace or place, region) for region in here]
    return tuple(found)

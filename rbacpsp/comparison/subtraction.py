"""Subtracts regions: the requests that some allow and others do not, as few regions with holes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from rbacpsp.comparison.coverage import Space, is_covered, joined
from rbacpsp.comparison.region import Region

MANY = 5_000
"""A rule with more combinations of verb, group, resource and name than this is not split."""

Scopes = Mapping[str, Iterable[Region]]
"""Regions by the namespace in which they hold; empty: everywhere."""


class Hole(NamedTuple):
    """A part of a difference that both sides allow."""

    namespace: str
    """The namespace; empty: everywhere that the difference is."""
    region: Region


class RegionDifference(NamedTuple):
    """What a region allows in a namespace (empty: everywhere) and no hole does."""

    namespace: str
    region: Region
    holes: tuple[Hole, ...]
    full_region: Region
    """The region of the first side of which this is a part."""


def subtract(some: Scopes, others: Scopes) -> list[RegionDifference]:
    """What some regions allow and others do not; each difference has a request that no other one has."""
    differences: list[RegionDifference] = []
    everywhere: list[Region] = []
    for namespace in sorted({"", *some}):
        other_regions = set(others.get("", ())) | set(others.get(namespace, ()))
        fresh = sorted(set(some.get(namespace, ())) - other_regions, key=lambda region: region.order)
        if not fresh:
            continue
        kept = list(everywhere)
        parts: list[tuple[Region, Region]] = []
        for region in fresh:
            near = [other for other in (*other_regions, *kept) if other.meets(region)]
            uncovered_parts = _uncovered(region, near)
            if uncovered_parts:
                kept.append(region)
                parts += [(part, region) for part in uncovered_parts]
        parts = _needed(parts, [*other_regions, *everywhere])
        if not namespace:
            everywhere = [part for part, _ in parts]
        for part, source_region in parts:
            differences.append(
                RegionDifference(namespace, part, _holes(part, namespace, others), source_region)
            )
    return differences


def _uncovered(region: Region, near: Sequence[Region]) -> list[Region]:
    """The parts of a region that the others do not completely allow."""
    if not near:
        return [region]
    if any(other.holds(region) for other in near):
        return []
    singles = _single_words(region)
    space = Space([*near, *singles])
    owners = joined(space.box(other) for other in near)
    uncovered_singles = [single for single in singles if not is_covered(space.box(single), owners)]
    return [region] if len(uncovered_singles) == len(singles) else _regrouped(uncovered_singles)


def _single_words(region: Region) -> list[Region]:
    """A region as regions with one word on each side, unless these are too many."""
    if region.size > MANY:
        return [region]
    return [
        Region(tuple(frozenset({word}) for word in words)) for words in product(*map(sorted, region.sides))
    ]


def _regrouped(singles: Iterable[Region]) -> list[Region]:
    """Regions in which those that differ on one side only are merged, one side after the other."""
    regions = list(singles)
    for side_index in range(len(regions[0].sides) if regions else 0):
        joined: dict[tuple[object, ...], frozenset[str]] = {}
        for region in regions:
            key = (region.sides[:side_index], region.sides[side_index + 1 :])
            joined[key] = joined.get(key, frozenset()) | region.sides[side_index]
        regions = [Region((*before, side, *after)) for (before, after), side in joined.items()]  # type: ignore[misc]
    return regions


def _needed(parts: list[tuple[Region, Region]], others: Sequence[Region]) -> list[tuple[Region, Region]]:
    """The parts without those that the other parts, with regions of the other side, cover."""
    kept = list(parts)
    for part in reversed(parts):
        rest = [kept_part[0] for kept_part in kept if kept_part is not part and kept_part[0].meets(part[0])]
        if not rest:
            continue
        near = [*rest, *(other for other in others if other.meets(part[0]))]
        space = Space([part[0], *near])
        if is_covered(space.box(part[0]), [space.box(other) for other in near]):
            kept = [kept_part for kept_part in kept if kept_part is not part]
    return kept


def _holes(part: Region, namespace: str, others: Scopes) -> tuple[Hole, ...]:
    """The widest regions in which the other side allows some of a part."""
    namespaces = sorted({"", namespace} & others.keys()) if namespace else sorted(others)
    holes: list[Hole] = []
    wide: list[Region] = []
    for hole_namespace in namespaces:
        inside = {other.within(part) for other in others[hole_namespace] if other.meets(part)}
        local_holes: list[Region] = []
        for region in sorted(inside, key=lambda region_inside: region_inside.order):
            if any(other.holds(region) for other in (*wide, *local_holes)):
                continue
            local_holes = [*(other for other in local_holes if not region.holds(other)), region]
        if not hole_namespace:
            wide = local_holes
        holes += [Hole(namespace or hole_namespace, region) for region in local_holes]
    return tuple(holes)

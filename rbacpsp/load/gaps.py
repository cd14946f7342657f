"""What of a live cluster could not be read, and what an answer should therefore say."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby

from rbacpsp.model.server import Gap

__all__ = ["Gap", "describe"]

_NAMED = 3


def describe(gaps: Iterable[Gap]) -> tuple[str, ...]:
    """What to say of gaps, for example `may be incomplete: roles in team-a could not be listed: ...`.

    One sentence for all resources that are missing in the same namespaces and mean the same.
    """
    resources: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for (resource, meaning), some in groupby(sorted(gaps), key=lambda gap: (gap.resource, gap.meaning)):
        resources[_where(list(some)), meaning].append(resource)
    return tuple(
        f"may be incomplete: {_several(names)}{where} could not be listed: {meaning}"
        for (where, meaning), names in resources.items()
    )


def _where(gaps: list[Gap]) -> str:
    if any(not gap.namespace for gap in gaps):
        return f" outside {gaps[0].besides}" if gaps[0].besides else ""
    names = [gap.namespace for gap in gaps]
    if len(names) > _NAMED + 1:
        names = [*names[:_NAMED], f"{len(names) - _NAMED} more namespaces"]
    return f" in {_several(names)}"


def _several(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))

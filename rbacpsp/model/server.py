"""The server that a cluster was read from, and the lists that could not be read."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Any

from msgspec import Struct

_NAMED = 3


class UnlistedKind(Struct, frozen=True, order=True):
    """A kind that this user may not list."""

    kind: str
    resource: str
    namespace: str
    """The namespace that could not be listed; empty for all of them, and for cluster-scoped kinds."""
    besides: str
    """The only namespace that could be listed, when `namespace` is empty."""
    reason: str
    """The server's message."""
    meaning: str
    """The facts that are unknown as a consequence."""

    def touches(self, kinds: Collection[str] | None = None, namespace: str | None = None) -> bool:
        """Whether it may change an answer about some kinds (None: all) in a namespace (None: any)."""
        if kinds is not None and self.kind not in kinds:
            return False
        if namespace is None:
            return True
        return self.namespace == namespace or (not self.namespace and self.besides != namespace)


class SourceServer(Struct, frozen=True):
    """The live server that objects were read from, directly or through a snapshot."""

    git_version: str = ""
    """Its version, for example `v1.24.17-eks-2d98532`; empty if it is unknown."""
    discovery: tuple[dict[str, Any], ...] | None = None
    """The APIResourceLists of what it serves, in its order; None when they were not read."""
    gaps: tuple[UnlistedKind, ...] = ()
    """The kinds that could not be read, sorted."""

    def unread(self, kinds: Collection[str] | None = None, namespace: str | None = None) -> tuple[str, ...]:
        """A sentence for each unread kind that could change an answer; see `UnlistedKind.touches`."""
        return describe(gap for gap in self.gaps if gap.touches(kinds, namespace))


def describe(gaps: Iterable[UnlistedKind]) -> tuple[str, ...]:
    """Sentences about gaps, for example `may be incomplete: roles in team-a could not be listed: ...`.

    Resources that are missing in the same namespaces with the same consequence share one sentence.
    """
    resources: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for (resource, meaning), some in groupby(sorted(gaps), key=lambda gap: (gap.resource, gap.meaning)):
        resources[_where(list(some)), meaning].append(resource)
    return tuple(
        f"may be incomplete: {_several(names)}{where} could not be listed: {meaning}"
        for (where, meaning), names in resources.items()
    )


def _where(gaps: list[UnlistedKind]) -> str:
    if any(not gap.namespace for gap in gaps):
        return f" outside {gaps[0].besides}" if gaps[0].besides else ""
    names = [gap.namespace for gap in gaps]
    if len(names) > _NAMED + 1:
        names = [*names[:_NAMED], f"{len(names) - _NAMED} more namespaces"]
    return f" in {_several(names)}"


def _several(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))

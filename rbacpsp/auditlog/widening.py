"""Ways to allow more than was recorded, each with a sentence about what it adds; none is used by default."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Literal, get_args

from rbacpsp.auditlog.synthesis import Names, Scopes, Widen
from rbacpsp.model import Namespace

Generalise = Literal["none", "names", "namespaces", "verbs"]
WAYS: tuple[Generalise, ...] = get_args(Generalise)

ENOUGH = 3
"""So many names that differ only in what a program generates become all names."""
_READS = ("get", "list", "watch")
_GENERATED = re.compile(
    r"([-.]([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{8,64}|[bcdf-hj-np-tv-z2-9]{5,10}"
    r"|[0-9]+))+\Z"
)
"""What programs put at the end of names: UUIDs, hashes, Kubernetes' random suffixes, numbers."""
_NAME_LABEL = "kubernetes.io/metadata.name"


def widening(generalise: Generalise, namespaces: Mapping[str, Namespace]) -> tuple[Widen, ...]:
    """What a word of `--generalise` does.

    Args:
        generalise: One of `WAYS`.
        namespaces: Those that are known, with their labels.
    """
    if generalise == "names":
        return (_names,)
    if generalise == "namespaces":
        return (partial(_namespaces, namespaces),)
    return (_verbs,) if generalise == "verbs" else ()


def _names(scopes: Scopes) -> Iterator[str]:
    """Names of one pattern become all names."""
    for place, allowed in scopes.scopes.items():
        for (group, resource), verbs in allowed.items():
            for verb, names in verbs.items():
                stems: dict[str, int] = defaultdict(int)
                for name in names or ():
                    stems[_GENERATED.sub("", name)] += bool(_GENERATED.search(name))
                if max(stems.values(), default=0) >= ENOUGH:
                    verbs[verb] = None
                    yield (
                        f"{verb} {_what(group, resource)}{_where(place)}: "
                        f"{len(names or ())} recorded names become all names"
                    )


def _verbs(scopes: Scopes) -> Iterator[str]:
    """Who reads an object may get, list and watch it; update and patch stay what they were."""
    for place, allowed in scopes.scopes.items():
        for (group, resource), verbs in allowed.items():
            there = [verb for verb in _READS if verb in verbs]
            if not there or "/" in resource:
                continue
            names: Names = frozenset()
            for verb in there:
                its = verbs[verb]
                names = None if names is None or its is None else names | its
            added = [verb for verb in _READS if verb not in verbs]
            wider = [verb for verb in there if verbs[verb] != names]
            verbs.update(dict.fromkeys(_READS, names))
            if added:
                yield (
                    f"{', '.join(added)} {_what(group, resource)}{_where(place)}: not recorded, added to "
                    f"{', '.join(there)}"
                )
            if wider:
                yield (
                    f"{', '.join(wider)} {_what(group, resource)}{_where(place)}: "
                    f"{'all names' if names is None else f'{len(names)} names'} as for the others"
                )


def _namespaces(namespaces: Mapping[str, Namespace], scopes: Scopes) -> Iterator[str]:
    """What is alike in several namespaces is allowed in every namespace with a label that they share."""
    places = [place for place in scopes.scopes if place]
    by_rules: dict[str, list[str]] = defaultdict(list)
    for place in places:
        by_rules[repr(sorted((what, sorted(verbs)) for what, verbs in scopes.scopes[place].items()))].append(
            place
        )
    for alike in by_rules.values():
        labels = [set(namespaces[place].metadata.labels.items()) for place in alike if place in namespaces]
        if len(alike) < 2 or len(labels) < len(alike):
            continue
        shared = sorted((key, value) for key, value in set.intersection(*labels) if key != _NAME_LABEL)
        if not shared:
            continue
        key, value = shared[0]
        added = [
            name
            for name, namespace in sorted(namespaces.items())
            if namespace.metadata.labels.get(key) == value and name not in scopes.scopes
        ]
        if not added:
            continue
        for name in added:
            scopes.scopes[name] = {what: dict(verbs) for what, verbs in scopes.scopes[alike[0]].items()}
        yield (
            f"what was recorded in {', '.join(alike)} is allowed in {', '.join(added)} as well: "
            f"{len(added)} more namespaces with the label {key}={value}"
        )


def _what(group: str, resource: str) -> str:
    return f"{resource}.{group}" if group else resource


def _where(place: str) -> str:
    return f" in namespace {place}" if place else ""

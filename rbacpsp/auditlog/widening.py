"""Widens the recorded permissions on request, and describes what that adds."""

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
"""The number of names, alike but for a generated ending, that become all names."""
_READS = ("get", "list", "watch")
_GENERATED = re.compile(
    r"([-.]([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{8,64}|[bcdf-hj-np-tv-z2-9]{5,10}"
    r"|[0-9]+))+\Z"
)
"""Generated endings of names: UUIDs, hashes, Kubernetes' random suffixes, numbers."""
_NAME_LABEL = "kubernetes.io/metadata.name"


def widening(generalise: Generalise, namespaces: Mapping[str, Namespace]) -> tuple[Widen, ...]:
    """The functions behind a value of `--generalise`.

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
    """Replace names that follow one pattern with all names."""
    for namespace, allowed in scopes.scopes.items():
        for (group, resource), verbs in allowed.items():
            for verb, names in verbs.items():
                stems: dict[str, int] = defaultdict(int)
                for name in names or ():
                    stems[_GENERATED.sub("", name)] += bool(_GENERATED.search(name))
                if max(stems.values(), default=0) >= ENOUGH:
                    verbs[verb] = None
                    yield (
                        f"{verb} {_what(group, resource)}{_where(namespace)}: "
                        f"{len(names or ())} recorded names become all names"
                    )


def _verbs(scopes: Scopes) -> Iterator[str]:
    """Replace any of get, list and watch with all three; update and patch are not changed."""
    for namespace, allowed in scopes.scopes.items():
        for (group, resource), verbs in allowed.items():
            recorded_verbs = [verb for verb in _READS if verb in verbs]
            if not recorded_verbs or "/" in resource:
                continue
            names: Names = frozenset()
            for verb in recorded_verbs:
                verb_names = verbs[verb]
                names = None if names is None or verb_names is None else names | verb_names
            added = [verb for verb in _READS if verb not in verbs]
            wider = [verb for verb in recorded_verbs if verbs[verb] != names]
            verbs.update(dict.fromkeys(_READS, names))
            if added:
                yield (
                    f"{', '.join(added)} {_what(group, resource)}{_where(namespace)}: not recorded, added to "
                    f"{', '.join(recorded_verbs)}"
                )
            if wider:
                yield (
                    f"{', '.join(wider)} {_what(group, resource)}{_where(namespace)}: "
                    f"{'all names' if names is None else f'{len(names)} names'} as for the others"
                )


def _namespaces(namespaces: Mapping[str, Namespace], scopes: Scopes) -> Iterator[str]:
    """Allow equal permissions of several namespaces in every namespace with a label that these share."""
    namespace_names = [namespace_name for namespace_name in scopes.scopes if namespace_name]
    by_rules: dict[str, list[str]] = defaultdict(list)
    for namespace_name in namespace_names:
        by_rules[
            repr(
                sorted(
                    (resource_key, sorted(verbs))
                    for resource_key, verbs in scopes.scopes[namespace_name].items()
                )
            )
        ].append(namespace_name)
    for alike in by_rules.values():
        labels = [
            set(namespaces[namespace_name].metadata.labels.items())
            for namespace_name in alike
            if namespace_name in namespaces
        ]
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
            scopes.scopes[name] = {
                resource_key: dict(verbs) for resource_key, verbs in scopes.scopes[alike[0]].items()
            }
        yield (
            f"what was recorded in {', '.join(alike)} is allowed in {', '.join(added)} as well: "
            f"{len(added)} more namespaces with the label {key}={value}"
        )


def _what(group: str, resource: str) -> str:
    return f"{resource}.{group}" if group else resource


def _where(namespace: str) -> str:
    return f" in namespace {namespace}" if namespace else ""

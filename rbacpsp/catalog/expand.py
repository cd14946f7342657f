"""Expands a rule with wildcards to the permissions that exist on one server."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rbacpsp.model import PolicyRule

ALL = "*"

Served = Mapping[tuple[str, str], frozenset[str]]
"""The verbs of each (group, resource or resource/subresource)."""


class ResourceVerb(NamedTuple):
    """One verb on one resource or subresource; all four literal."""

    group: str
    resource: str
    subresource: str
    verb: str


def expand(rule: PolicyRule, served: Served) -> tuple[ResourceVerb, ...]:
    """The distinct permissions on resources that a rule grants, sorted.

    As a group, `*` means every group that serves the resource; as a resource, every resource and subresource;
    `*/scale` means each subresource `scale`; as a verb, `*` means the served and the special verbs of the
    resource. A wildcard resource gives a verb only on resources that serve it; an explicit resource keeps
    every verb. A resource that the server does not know (a custom resource, say) is kept as written, with
    wildcards. Resource names and URLs are ignored.
    """
    pairs = ((group, resource) for group in set(rule.api_groups) for resource in set(rule.resources))
    return tuple(sorted({permission for pair in pairs for permission in _expand(*pair, rule.verbs, served)}))


def _expand(group: str, resource: str, verbs: Iterable[str], served: Served) -> Iterator[ResourceVerb]:
    is_wildcard = ALL in {group, resource} or resource.startswith("*/")
    targets = list(_targets(group, resource, served)) if is_wildcard else [(group, resource)]
    for verb in verbs:
        is_served = False
        for target in targets:
            known = served.get(target, frozenset())
            if verb == ALL and known:
                chosen: Iterable[str] = known
            else:
                chosen = (verb,) if verb in known or not is_wildcard else ()
            for known_verb in chosen:
                is_served = True
                yield _permission(*target, known_verb)
        if not is_served:
            yield _permission(group, resource, verb)


def _targets(group: str, resource: str, served: Served) -> Iterator[tuple[str, str]]:
    for target in served:
        if group not in {ALL, target[0]}:
            continue
        if resource in {ALL, target[1]} or (
            resource.startswith("*/") and target[1].partition("/")[2] == resource[2:]
        ):
            yield target


def _permission(group: str, combined: str, verb: str) -> ResourceVerb:
    resource, _, subresource = combined.partition("/")
    return ResourceVerb(group, resource, subresource, verb)

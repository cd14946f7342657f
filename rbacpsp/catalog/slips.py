"""Finds words of rules that no request can match, with the word that was probably meant.

Matching is literal and case-sensitive, and the server stores a rule with any words
(pkg/apis/rbac/v1/evaluation_helpers.go and pkg/apis/rbac/validation, 1.24). Groups outside of Kubernetes are
unknown, so their resources and verbs are accepted.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache, cached_property
from typing import NamedTuple

from rbacpsp.catalog.catalog import Catalog
from rbacpsp.catalog.extra_resources import OTHER_VERSIONS, SUBRESOURCES
from rbacpsp.catalog.resource import Resource
from rbacpsp.catalog.special import RBAC
from rbacpsp.model import PolicyRule
from rbacpsp.model.version import NEWEST, V1_24

ALL = "*"
URL_VERBS = frozenset({"get", "head", "options", "patch", "post", "put", "delete"})
"""The verbs of requests for URLs: HTTP's methods in lower case."""

_MEANT = {
    "add": "create",
    "apply": "create, patch",
    "describe": "get",
    "destroy": "delete",
    "edit": "update, patch",
    "exec": "create, on pods/exec",
    "head": "get",
    "log": "get, on pods/log",
    "logs": "get, on pods/log",
    "modify": "update, patch",
    "post": "create",
    "put": "update",
    "read": "get, list, watch",
    "remove": "delete",
    "view": "get, list, watch",
    "write": "create, update, patch",
}
"""Common mistakes for verbs, from kubectl, HTTP and everyday language, with the correct verb."""
_ONLY_ON = {
    "approve": (("certificates.k8s.io", "signers"),),
    "attest": (("certificates.k8s.io", "signers"),),
    "sign": (("certificates.k8s.io", "signers"),),
    "bind": ((RBAC, "roles"), (RBAC, "clusterroles")),
    "escalate": ((RBAC, "roles"), (RBAC, "clusterroles")),
}
"""Verbs that the server checks only on these (group, resource)."""


class Slip(NamedTuple):
    """A word of a rule that no request can match."""

    field: str
    """The field of the rule: `resources`."""
    word: str
    why: str
    meant: str = ""
    """The likely spelling."""

    @property
    def brief(self) -> str:
        """The word and the likely spelling, as one short text."""
        return f"{self.word or '(empty)'}{f' ({self.meant}?)' if self.meant else ''}"

    @property
    def sentence(self) -> str:
        """The complete explanation."""
        meant = f" Probably meant: {self.meant}." if self.meant else ""
        return f'{self.field} "{self.word}": {self.why}.{meant}'


class Spelling:
    """Knows which requests a server of a catalog, or of a recorded version, can receive."""

    def __init__(self, catalog: Catalog | None = None) -> None:
        known = (Catalog.for_version(V1_24), Catalog.for_version(NEWEST))
        self._own = catalog
        self._catalogs = known if catalog is None or catalog in known else (*known, catalog)
        recorded = {resource.group for resource in (*known[0].resources, *known[1].resources)}
        self._brought = recorded | {group for group, _ in OTHER_VERSIONS}
        self._close: dict[tuple[str, float], str] = {}
        self._has: dict[tuple[str, str], bool] = {}

    @cached_property
    def _recorded(self) -> frozenset[tuple[str, str]]:
        """Every (group, resource or resource/subresource) of the catalogs."""
        pairs = {pair for catalog in self._catalogs for pair in catalog.served}
        return frozenset(
            pairs
            | {(virtual.group, virtual.name) for catalog in self._catalogs for virtual in catalog.virtual}
        )

    @cached_property
    def _served(self) -> frozenset[tuple[str, str]]:
        """Every resource that a request can name."""
        return self._recorded | OTHER_VERSIONS | SUBRESOURCES

    @cached_property
    def _verbs(self) -> frozenset[str]:
        return frozenset(
            verb for catalog in self._catalogs for verbs in catalog.served.values() for verb in verbs
        )

    @cached_property
    def _groups(self) -> frozenset[str]:
        return frozenset(group for group, _ in self._served)

    def slips(self, rule: PolicyRule) -> tuple[Slip, ...]:
        """The words of a rule that no request can match, in the order of its fields."""
        groups = tuple(self._of_groups(rule))
        bad = {slip.word for slip in groups}
        valid_groups = [group for group in rule.api_groups if group not in bad]
        mistakes = [*self._of_verbs(rule, valid_groups), *groups]
        if valid_groups:
            mistakes += self._of_resources(rule, valid_groups)
        return (*mistakes, *_of_urls(rule))

    def is_dead(self, rule: PolicyRule, slips: Iterable[Slip]) -> bool:
        """Whether a rule with these mistakes can match no request at all."""
        words = {(slip.field, slip.word) for slip in slips}

        def alive(field: str, values: Iterable[str]) -> bool:
            return any((field, value) not in words for value in values)

        resources = alive("apiGroups", rule.api_groups) and alive("resources", rule.resources)
        urls = alive("nonResourceURLs", rule.non_resource_urls)
        return not alive("verbs", rule.verbs) or not (resources or urls)

    def _of_groups(self, rule: PolicyRule) -> Iterator[Slip]:
        for group in dict.fromkeys(rule.api_groups):
            if group == ALL or group in self._groups:
                continue
            plain, slash, _ = group.partition("/")
            lower = group.strip().lower()
            if group == "core" or plain == "v1":
                yield Slip("apiGroups", group, "the core group is the empty text", '""')
            elif slash:
                meant = plain if plain in self._groups else ""
                yield Slip("apiGroups", group, "a group is named without its version", meant)
            elif lower != group:
                meant = lower if lower in self._groups else ""
                yield Slip("apiGroups", group, "groups are lower case, without spaces", meant)
            elif ALL in group:
                yield Slip("apiGroups", group, "a group is not a pattern: only * alone means every group")
            elif "." not in group:
                yield Slip("apiGroups", group, "no server has such a group", self._close_group(group, 0.6))
            elif not group.endswith("x-k8s.io") and (meant := self._close_group(group, 0.93)):
                yield Slip("apiGroups", group, "Kubernetes has no such group", meant)

    def _close_group(self, group: str, cutoff: float) -> str:
        closest = self._close.get((group, cutoff))
        if closest is None:
            closest = self._close[group, cutoff] = self._closest_group(group, cutoff)
        return closest

    def _closest_group(self, group: str, cutoff: float) -> str:
        longer = [known for known in sorted(self._brought) if known.startswith(f"{group}.")]
        if len(longer) == 1:
            return longer[0]
        return _closest(group, sorted(self._brought - {""}), cutoff)

    def _of_verbs(self, rule: PolicyRule, groups: list[str]) -> Iterator[Slip]:
        for verb in dict.fromkeys(rule.verbs):
            known = verb == ALL or (bool(rule.resources) and verb in self._verbs)
            if known and not self._asked_elsewhere(verb, rule):
                continue
            if rule.non_resource_urls and verb in URL_VERBS:
                continue
            yield from self._of_verb(verb, rule, groups)

    def _of_verb(self, verb: str, rule: PolicyRule, groups: list[str]) -> Iterator[Slip]:
        lower = verb.strip().lower()
        if verb in _ONLY_ON and rule.resources:
            meant = ", ".join(f"{resource}.{group}" for group, resource in _ONLY_ON[verb])
            yield Slip("verbs", verb, "the server does not check it on these resources", meant)
        elif rule.non_resource_urls and not rule.resources:
            yield Slip(
                "verbs",
                verb,
                "no request for a URL has this verb",
                "get" if lower in {"list", "read"} else "",
            )
        elif lower != verb:
            meant = lower if lower in self._verbs else _MEANT.get(lower, "")
            yield Slip("verbs", verb, "verbs are lower case, without spaces", meant)
        elif verb in _MEANT:
            yield Slip("verbs", verb, "the API has no such verb", _MEANT[verb])
        elif groups and all(group in self._brought for group in groups):
            meant = _closest(verb, sorted(self._verbs), 0.75)
            if meant:
                yield Slip("verbs", verb, "the API has no such verb", meant)

    def _asked_elsewhere(self, verb: str, rule: PolicyRule) -> bool:
        """Whether a special verb is in a rule without a resource on which the server checks it."""
        resources_of_verb = _ONLY_ON.get(verb)
        if not resources_of_verb or not rule.resources or not rule.api_groups:
            return False
        resources, groups = set(rule.resources), set(rule.api_groups)
        foreign = not groups <= self._brought | {ALL}
        return not foreign and not any(
            ALL in resources or (resource in resources and (ALL in groups or group in groups))
            for group, resource in resources_of_verb
        )

    def _of_resources(self, rule: PolicyRule, groups: list[str]) -> Iterator[Slip]:
        for resource in dict.fromkeys(rule.resources):
            if resource == ALL or any(self._may_have(group, resource) for group in groups):
                continue
            yield self._explained(resource, groups)

    def _may_have(self, group: str, resource: str) -> bool:
        """Whether a group can have a resource, as a rule writes it."""
        may_have = self._has.get((group, resource))
        if may_have is None:
            may_have = self._has[group, resource] = self._looked_up(group, resource)
        return may_have

    def _looked_up(self, group: str, resource: str) -> bool:
        name, slash, sub = resource.partition("/")
        if slash and name == ALL:
            return sub != ALL and (group not in self._brought or self._has_subresource(sub))
        if not name or sub == ALL or ALL in name or name != name.lower().strip() or "." in name:
            return False
        if group == ALL:
            return self._anywhere(name, resource)
        if group not in self._brought:
            return self._own_has(group, resource)
        if (group, name) in self._served and (sub == _FINALIZERS or name == "userextras"):
            return True
        return (group, resource) in self._served

    def _has_subresource(self, sub: str) -> bool:
        return sub == _FINALIZERS or any(pair[1].partition("/")[2] == sub for pair in self._served)

    def _anywhere(self, name: str, resource: str) -> bool:
        """Whether some group may have the resource: an unknown name may be a custom resource."""
        names = {
            name_of_group for _, name_of_group in self._served if name_of_group.partition("/")[0] == name
        }
        if names:
            return resource in names or resource == f"{name}/{_FINALIZERS}"
        return name not in self._singulars

    def _own_has(self, group: str, resource: str) -> bool:
        """Whether the server whose discovery was read has a resource of a group outside Kubernetes."""
        if self._own is None or not any(
            served_resource.group == group for served_resource in self._own.resources
        ):
            return True
        return (group, resource) in self._own.served

    @cached_property
    def _singulars(self) -> dict[str, Resource]:
        """The resources by their singular and their short names."""
        by_name: dict[str, Resource] = {}
        for catalog in reversed(self._catalogs):
            for served_resource in (*catalog.resources, *catalog.virtual):
                for name in (
                    (served_resource.singular, *served_resource.short_names)
                    if not served_resource.subresource
                    else ()
                ):
                    if name and name != served_resource.name:
                        by_name[name] = served_resource
        return by_name

    def _explained(self, resource: str, groups: list[str]) -> Slip:
        name, slash, sub = resource.partition("/")
        lower = name.strip().lower()
        if sub == ALL or (ALL in name and name != ALL):
            meant = self._with_subresources(name, groups) if name != ALL else ALL
            return Slip(
                "resources",
                resource,
                "it is not a pattern: * is a wildcard only alone and in */SUBRESOURCE",
                meant,
            )
        if name == ALL:
            return Slip("resources", resource, "no resource has this subresource", self._close_sub(sub))
        if "." in lower and (meant := self._split(lower)):
            return Slip("resources", resource, "the group belongs in apiGroups", meant)
        why = "resources are lower case, without spaces" if lower != name else ""
        if slash and any((group, lower) in self._served for group in groups):
            meant = _closest(sub.strip().lower(), self._subresources(lower, groups), 0.6)
            why = why or f"{lower} has no such subresource"
            return Slip("resources", resource, why, f"{lower}/{meant}" if meant else "")
        meant, explanation = self._meant(lower, groups)
        return Slip("resources", resource, why or explanation, f"{meant}{slash}{sub}" if meant else "")

    def _meant(self, name: str, groups: list[str]) -> tuple[str, str]:
        """(the likely resource, why the written one does not exist)."""
        missing = f"{_groups_text(groups)} no such resource"
        homes = sorted({group for group, plural in self._recorded if plural == name})
        if any(group in groups or ALL in groups for group in homes):
            return name, missing
        if homes:
            return f"{name} of apiGroups {' or '.join(group or _CORE for group in homes)}", missing
        known = self._singulars.get(name)
        if known:
            within = "" if known.group in groups or ALL in groups else f" of apiGroups {known.group or _CORE}"
            return f"{known.name}{within}", "a resource is named by its plural"
        plurals = sorted({plural for group, plural in self._served if group in groups and "/" not in plural})
        return _closest(name, plurals, 0.75), missing

    def _split(self, name: str) -> str:
        plain, _, group = name.partition(".")
        homes = {pair[0] for pair in self._recorded if pair[1] == plain}
        fits = group in homes or any(home.startswith(group) for home in homes)
        return f"{plain} of apiGroups {group or _CORE}" if fits or "." in group else ""

    def _subresources(self, name: str, groups: list[str]) -> list[str]:
        combined_names = (combined for group, combined in self._served if ALL in groups or group in groups)
        parts = (combined.partition("/") for combined in combined_names)
        return sorted({sub for plain, _, sub in parts if plain == name and sub})

    def _with_subresources(self, name: str, groups: list[str]) -> str:
        subs = self._subresources(name, groups)
        return f"{name}, {', '.join(f'{name}/{sub}' for sub in subs[:2])}, ..." if subs else ""

    def _close_sub(self, sub: str) -> str:
        subs = sorted({combined.partition("/")[2] for _, combined in self._served} - {""})
        meant = _closest(sub, subs, 0.6)
        return f"*/{meant}" if meant else ""


_CORE = '""'
_FINALIZERS = "finalizers"
"""A subresource of every resource: setting blockOwnerDeletion needs `update` on the owner's finalizers.

Source: plugin/pkg/admission/gc/gc_admission.go (1.24).
"""


def _groups_text(groups: list[str]) -> str:
    if len(groups) > 1:
        return "these groups have"
    return f"group {groups[0]} has" if groups[0] else "the core group has"


def _closest(word: str, known: list[str], cutoff: float) -> str:
    matches = get_close_matches(word, known, n=1, cutoff=cutoff)
    return matches[0] if matches else ""


def _of_urls(rule: PolicyRule) -> Iterator[Slip]:
    for url in dict.fromkeys(rule.non_resource_urls):
        if url == ALL:
            continue
        if not url.startswith("/"):
            yield Slip("nonResourceURLs", url, "a URL begins with a slash", f"/{url}")
        elif ALL in url.rstrip(ALL):
            yield Slip("nonResourceURLs", url, "* is a wildcard only at the end of a URL")


@cache
def known_spelling() -> Spelling:
    """The check against the recorded versions."""
    return Spelling()

"""The API resources of one server, by any of their names."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Any, Self

from rbacpsp.catalog.controllers import CONTROLLERS, Account
from rbacpsp.catalog.expand import ResourceVerb, expand
from rbacpsp.catalog.openshift import SCC
from rbacpsp.catalog.placement import by_group_resource
from rbacpsp.catalog.resource import Resource, discovered, recorded
from rbacpsp.catalog.special import EXTENSIONS_POLICIES, SPECIAL_VERBS, VIRTUAL_RESOURCES, SpecialVerb
from rbacpsp.model import PolicyRule, Version
from rbacpsp.model.result import counted
from rbacpsp.model.version import V1_24

RECORDED = (V1_24, Version(1, 36), Version(1, 37))
"""The versions whose discovery was recorded (`tools/release`), ascending."""


class Catalog:
    """The resources that a server serves: looks up their names and expands wildcards."""

    def __init__(
        self, resources: Iterable[Resource], *, controllers: Mapping[str, Account] = CONTROLLERS
    ) -> None:
        self.resources = tuple(resources)
        """The served resources with their subresources; in each group the preferred version is first."""
        self.controllers = controllers
        """The service account that creates the pods of each kind of workload."""

    def __repr__(self) -> str:
        return f"<Catalog: {counted(len(self.resources), 'resource')}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy it without the data that was derived from it."""
        return (_catalog, (self.resources, self.controllers))

    @staticmethod
    def for_version(version: Version) -> "Catalog":
        """The catalog of a Kubernetes version.

        Some versions are recorded. Other versions get the catalog of the next recorded one, or of the last
        one; 1.24, the last with PodSecurityPolicy, serves all older versions too. A resource that was added
        or removed between two recorded versions is therefore present or absent in all between them.
        """
        return _for_recorded(next((known for known in RECORDED if version <= known), RECORDED[-1]))

    @classmethod
    def from_discovery(cls, documents: Iterable[Mapping[str, Any]]) -> Self:
        """The catalog of a live server: its APIResourceList documents, one for each group and version."""
        return cls(discovered(documents))

    def with_openshift(self) -> "Catalog":
        """This catalog, with OpenShift's security context constraints added if they are missing."""
        if any((resource.group, resource.name) == (SCC.group, SCC.name) for resource in self.resources):
            return self
        return Catalog((*self.resources, SCC), controllers=self.controllers)

    @cached_property
    def virtual(self) -> tuple[Resource, ...]:
        """Names that rules can use although no such resource is served: users, groups, signers and so on."""
        has_policies = any(resource.name == "podsecuritypolicies" for resource in self.resources)
        return (*VIRTUAL_RESOURCES, EXTENSIONS_POLICIES) if has_policies else VIRTUAL_RESOURCES

    @cached_property
    def special_verbs(self) -> tuple[SpecialVerb, ...]:
        """The verbs that discovery does not list, such as `use`, on the resources of this catalog."""
        known = {(resource.group, resource.name) for resource in (*self.resources, *self.virtual)}
        return tuple(
            special_verb
            for special_verb in SPECIAL_VERBS
            if (special_verb.group, special_verb.resource) in known
            and (special_verb.group, special_verb.beside or special_verb.resource) in known
        )

    @cached_property
    def served(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """Every verb, special ones included, of each (group, `resource` or `resource/subresource`)."""
        verbs: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for resource in self.resources:
            verbs[resource.group, resource.combined].update(resource.verbs)
        for special in self.special_verbs:
            verbs[special.group, special.resource].add(special.verb)
        return {key: frozenset(verb_set) for key, verb_set in verbs.items()}

    @cached_property
    def _by_name(self) -> tuple[dict[str, list[Resource]], dict[str, list[Resource]]]:
        full: defaultdict[str, list[Resource]] = defaultdict(list)
        short: defaultdict[str, list[Resource]] = defaultdict(list)
        for resource in (*self.resources, *self.virtual):
            if not resource.subresource:
                for name in filter(None, dict.fromkeys((resource.name, resource.singular))):
                    full[name].append(resource)
                for name in resource.short_names:
                    short[name].append(resource)
        return dict(full), dict(short)

    def find(self, name: str) -> tuple[Resource, ...]:
        """The resources that a name may mean, one for each group; the core group and preferred versions lead.

        The name is a plural, a singular or a short name in any case, alone or as `name.group`,
        `name.version.group` or `name.version.` (the core group), as kubectl takes it; empty when no resource
        has the name. Where no group has just that name, its beginning is enough: `ingresses.networking`.
        Subresources have no names of their own.

        Sources: client-go/restmapper/shortcut.go, apimachinery/pkg/api/meta/restmapper.go (1.24).
        """
        plain, _, rest = name.lower().partition(".")
        full, short = self._by_name
        matches = full.get(plain) or short.get(plain) or []
        if rest:
            exact = [match for match in matches if rest in {match.group, f"{match.version}.{match.group}"}]
            matches = exact or [match for match in matches if match.group.startswith(rest)]
        by_group: dict[str, Resource] = {}
        for resource in matches:
            by_group.setdefault(resource.group, resource)
        return tuple(by_group.values())

    @cached_property
    def by_group_resource(self) -> Mapping[tuple[str, str], Resource]:
        """The resources by (group, name), including those that only rules name."""
        return by_group_resource((*self.resources, *self.virtual))

    def subresources(self, resource: Resource) -> tuple[str, ...]:
        """The subresources of a resource, sorted."""
        return tuple(
            sorted(
                {
                    other.subresource
                    for other in self.resources
                    if other.subresource and (other.group, other.name) == (resource.group, resource.name)
                }
            )
        )

    def verbs(self, group: str, combined: str) -> tuple[str, ...]:
        """The verbs of a resource or `resource/subresource`, special ones included; sorted."""
        return tuple(sorted(self.served.get((group, combined), ())))

    def close_to(self, name: str) -> tuple[str, ...]:
        """At most three resources with names similar to an unknown one, the closest first."""
        full, short = self._by_name
        plain = name.lower().partition(".")[0]
        close = get_close_matches(plain, [*full, *short], n=6)
        names = dict.fromkeys((full.get(match) or short[match])[0].qualified for match in close)
        return tuple(names)[:3]

    def expand(self, rule: PolicyRule) -> tuple[ResourceVerb, ...]:
        """Every concrete (group, resource, subresource, verb) of a rule; see `expand.expand`."""
        return expand(rule, self.served)


def _catalog(resources: tuple[Resource, ...], controllers: Mapping[str, Account]) -> Catalog:
    return Catalog(resources, controllers=controllers)


@cache
def _for_recorded(version: Version) -> Catalog:
    return Catalog(recorded(str(version)))

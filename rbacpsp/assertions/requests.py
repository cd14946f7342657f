"""The requests that the access of an assertion means, or the reason why no server receives them.

The authorizer decides any words. Where no request has them, its refusal says nothing about what the subjects
may do: a verb that the resource does not have, a group that is not served, a path without its slash.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property

from msgspec import structs

from rbacpsp.assertions.access import RequestCombinations
from rbacpsp.assertions.outcome import CannotBeAskedError
from rbacpsp.catalog import Catalog, Resource
from rbacpsp.catalog.extra_resources import SUBRESOURCES
from rbacpsp.catalog.placement import as_sent, carries_no_name
from rbacpsp.catalog.slips import URL_VERBS
from rbacpsp.catalog.special import SPECIAL_VERBS
from rbacpsp.model import Objects, PolicyRule, Request
from rbacpsp.model.meta import ALWAYS_THERE
from rbacpsp.model.similar_names import did_you_mean, likeliest
from rbacpsp.rbac.match import ALL

_FINALIZERS = "finalizers"
"""A subresource of every resource, which the server checks but discovery does not list."""
_EXTRAS = "userextras"
"""The resource whose subresource is the key of an extra attribute."""
_SPECIAL = frozenset(special.verb for special in SPECIAL_VERBS)


def literal(pattern: str) -> str:
    """A pattern for fnmatch in which only `*` is special."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


class AssertedRequests:
    """Makes requests of the access of assertions, for the server of one cluster."""

    def __init__(self, catalog: Catalog, objects: Objects, namespaces: frozenset[str]) -> None:
        """Take what is served, the objects, and the namespaces that exist."""
        self._catalog = catalog
        self._objects = objects
        self._namespaces = namespaces

    def of(self, access: RequestCombinations) -> tuple[Request, ...]:
        """Every combination of the access.

        Raises:
            CannotBeAskedError: No request has a verb, a resource or a name of it, or there is no such
                namespace.
        """
        self._require_verbs(access.verbs, urls=bool(access.urls))
        if access.urls:
            for url in access.urls:
                _require_url(url)
            return tuple(Request(verb, path=url) for verb in access.verbs for url in access.urls)
        namespaces = self._places(access)
        resources = [
            resource for word in access.resources for resource in self._resources(word, access.subresources)
        ]
        self._require_pairs(access.verbs, resources)
        for name in access.names:
            self._require_name(name, resources)
        requests = [
            _as_received(
                Request(
                    verb,
                    group=resource.group,
                    resource=resource.name,
                    subresource=resource.subresource,
                    name=name,
                    namespace=namespace,
                ),
                namespaced=resource.namespaced,
            )
            for resource in resources
            for verb in access.verbs
            for name in access.names or ("",)
            for namespace in namespaces
        ]
        return tuple(dict.fromkeys(requests))

    def _require_verbs(self, verbs: Iterable[str], *, urls: bool) -> None:
        known = URL_VERBS if urls else self._resource_verbs
        for verb in verbs:
            if verb not in known and verb not in self._written_verbs[urls]:
                advice = did_you_mean(likeliest(verb, known))
                raise CannotBeAskedError(f'no request and no role has the verb "{verb}"{advice}')

    @cached_property
    def _resource_verbs(self) -> frozenset[str]:
        """The verbs of requests for resources; those of a policy that is not served are known as well."""
        return frozenset({verb for verbs in self._catalog.served.values() for verb in verbs} | _SPECIAL)

    @cached_property
    def _rules(self) -> tuple[PolicyRule, ...]:
        cluster_roles, roles = self._objects.cluster_roles.values(), self._objects.roles.values()
        return (
            *(rule for role in cluster_roles for rule in role.rules),
            *(rule for role in roles for rule in role.rules),
        )

    @cached_property
    def _written_verbs(self) -> tuple[frozenset[str], frozenset[str]]:
        """The verbs in rules about resources, and about URLs: servers that extend the API have their own."""
        of_resources = (verb for rule in self._rules if rule.resources for verb in rule.verbs)
        of_urls = (verb for rule in self._rules if rule.non_resource_urls for verb in rule.verbs)
        return frozenset({ALL, *of_resources}), frozenset({ALL, *of_urls})

    @cached_property
    def _written_pairs(self) -> frozenset[tuple[str, str]]:
        """(verb, resource) of rules that name both: whoever wrote them knows a server that asks for them."""
        return frozenset(
            (verb, resource) for rule in self._rules for verb in rule.verbs for resource in rule.resources
        )

    def _require_pairs(self, verbs: tuple[str, ...], resources: list[Resource]) -> None:
        """Require that each resource has one of the verbs, and each special verb one of the resources.

        Raises:
            CannotBeAskedError: No request has the verb and the resource.
        """
        for resource in resources:
            if not any(self._has(resource, verb) for verb in verbs):
                served = self._catalog.verbs(resource.group, resource.combined)
                known = f": it has {', '.join(served)}" if served else ""
                words = " or ".join(f'"{verb}"' for verb in verbs)
                raise CannotBeAskedError(f"no request for {resource.qualified} has the verb {words}{known}")
        for verb in verbs:
            if verb in _SPECIAL and not any(self._has(resource, verb) for resource in resources):
                of_verb = dict.fromkeys(special.resource for special in SPECIAL_VERBS if special.verb == verb)
                raise CannotBeAskedError(
                    f'no request for these resources has the verb "{verb}": it is a verb of '
                    f"{' and '.join(of_verb)}"
                )

    def _has(self, resource: Resource, verb: str) -> bool:
        """Whether a request may have this verb and this resource, or a server may know the verb."""
        if ALL in {verb, resource.name, resource.subresource} or verb not in self._resource_verbs:
            return True
        if (verb, resource.combined) in self._written_pairs:
            return True
        if resource.subresource == _FINALIZERS:
            return verb == "update"
        name = resource.name if resource.name == _EXTRAS else resource.combined
        served = self._catalog.served.get((resource.group, name))
        special = {
            special.verb
            for special in SPECIAL_VERBS
            if (special.group, special.resource) == (resource.group, name)
        }
        return verb in special or served is None or verb in served

    def _places(self, access: RequestCombinations) -> tuple[str, ...]:
        if not access.namespaces:
            return ("", *sorted(self._namespaces))
        names: list[str] = []
        for word in access.namespaces:
            matches = sorted(
                namespace for namespace in self._namespaces if fnmatchcase(namespace, literal(word))
            )
            if not matches:
                raise CannotBeAskedError(f'there is no object in a namespace "{word}"')
            names += matches
        return tuple(dict.fromkeys(names))

    def _resources(self, word: str, subresources: tuple[str, ...]) -> Iterator[Resource]:
        """The resource and subresources that a word means: `pods`, `pods/log`, `*`, `*/scale`, `*.apps`."""
        name, slash, inner = word.partition("/")
        plain, dot, group = name.partition(".")
        if slash and "." in inner:  # deployments/scale.apps
            inner, dot, group = inner.partition(".")
        several = subresources or (inner if slash else "",)
        if plain == ALL:
            self._require_group(group)
            for sub in several:
                if sub not in {"", ALL, _FINALIZERS} and sub not in self._known_subresources:
                    raise CannotBeAskedError(f'the server serves no subresource "{sub}" of any resource')
                yield Resource(group or ALL, "", ALL, sub, "", namespaced=True, verbs=())
            return
        matches = self._catalog.find(f"{plain}.{group}" if dot else plain)
        if not matches:
            advice = did_you_mean(self._catalog.close_to(name))
            raise CannotBeAskedError(f'the server serves no resource "{name}"{advice}')
        resource = matches[0]
        served = {ALL, _FINALIZERS, "", *self._catalog.subresources(resource)}
        for sub in several:
            extra = (resource.group, f"{resource.name}/{sub}") in SUBRESOURCES or resource.name == _EXTRAS
            if sub not in served and not extra:
                raise CannotBeAskedError(f'the server serves no subresource "{sub}" of {resource.qualified}')
            yield structs.replace(resource, subresource=sub)

    def _require_group(self, group: str) -> None:
        """Require that a group is served, or that a rule names it.

        Raises:
            CannotBeAskedError: Nobody knows it.
        """
        served = {resource.group for resource in (*self._catalog.resources, *self._catalog.virtual)}
        written = {written for rule in self._rules for written in rule.api_groups}
        if group and group not in served | written:
            advice = did_you_mean(likeliest(group, served - {""}))
            raise CannotBeAskedError(f'the server serves no group "{group}"{advice}')

    @cached_property
    def _known_subresources(self) -> frozenset[str]:
        """The subresources that are served, or that a rule names."""
        served = {resource.subresource for resource in self._catalog.resources}
        extra = {combined.partition("/")[2] for _, combined in SUBRESOURCES}
        written = {resource.partition("/")[2] for rule in self._rules for resource in rule.resources}
        return frozenset(served | extra | written)

    def _require_name(self, name: str, resources: list[Resource]) -> None:
        """Require that an object may have a name: it is no pattern, and exists where the names are known.

        Raises:
            CannotBeAskedError: No object has it.
        """
        if name in self._written_names:
            return
        if ALL in name:
            raise CannotBeAskedError(f'"{name}" is no pattern: requests name one object, or none')
        for resource in resources:
            known = self._names.get((resource.group, resource.name))
            if known and name not in known:
                advice = did_you_mean(likeliest(name, known))
                raise CannotBeAskedError(f'no object of {resource.qualified} is called "{name}"{advice}')

    @cached_property
    def _written_names(self) -> frozenset[str]:
        return frozenset(name for rule in self._rules for name in rule.resource_names)

    @cached_property
    def _names(self) -> dict[tuple[str, str], frozenset[str]]:
        """The names of objects of the kinds on whose names access is usually limited."""
        objects = self._objects
        rbac = "rbac.authorization.k8s.io"
        policies = frozenset(objects.policies)
        return {
            ("", "namespaces"): self._namespaces | ALWAYS_THERE,
            ("", "serviceaccounts"): frozenset(name for _, name in objects.service_accounts),
            (rbac, "roles"): frozenset(name for _, name in objects.roles),
            (rbac, "clusterroles"): frozenset(objects.cluster_roles),
            ("policy", "podsecuritypolicies"): policies,
            ("extensions", "podsecuritypolicies"): policies,
        }


def _as_received(request: Request, *, namespaced: bool) -> Request:
    """The request as the server receives it: some verbs of whole resources name no object."""
    sent = as_sent(request, namespaced=namespaced)
    return replace(sent, name="") if carries_no_name(sent) else sent


def _require_url(url: str) -> None:
    """Require that the server decides a path as a URL: it is no path of a resource.

    Source: apiserver/pkg/endpoints/request/requestinfo.go NewRequestInfo (1.24).

    Raises:
        CannotBeAskedError: It is one of a resource.
    """
    prefix, *parts = url.strip("/").split("/")
    length = {"api": 2, "apis": 3}.get(prefix)
    if length is not None and len(parts) >= length:
        raise CannotBeAskedError(f'"{url}" is the path of a resource: write resources, not urls')

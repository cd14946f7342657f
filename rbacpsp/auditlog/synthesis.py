"""The smallest roles that allow exactly some requests of one subject.

A request within a namespace gets a Role there; one without a namespace, and a URL, get a ClusterRole and a
ClusterRoleBinding. A request without a name stands for all names, and one without a namespace for all
namespaces: RBAC cannot say it more narrowly.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from msgspec import Struct

from rbacpsp.auditlog.expressible import inexact
from rbacpsp.model import Objects, Request, Subject
from rbacpsp.model.json import JSONObject
from rbacpsp.model.rbac import GROUP
from rbacpsp.rbac.mending import free_name, subject_json

Names = frozenset[str] | None
"""The names that a verb is allowed for; None: all."""
Allowed = dict[tuple[str, str], dict[str, Names]]
"""By group and resource, and then by verb."""

_NOT_IN_A_NAME = re.compile(r"[/%\x00-\x1f\x7f]")
_LONGEST = 200


class Synthesis(Struct, frozen=True):
    """Roles and bindings, and what is to be known about them."""

    objects: tuple[JSONObject, ...]
    """As kubectl applies them."""
    widened: tuple[str, ...]
    """What they allow beyond what was recorded, a sentence each."""
    left_out: tuple[tuple[Request, str], ...]
    """Recorded requests that no rule allows alone, and why."""
    by_kubernetes: int
    """How many distinct requests Kubernetes' own roles allow anyway."""
    requests: int
    """How many distinct requests the roles are for."""


class Scopes:
    """What is to be allowed, by namespace; the empty one is the whole cluster."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self.urls: dict[str, set[str]] = {}
        self.scopes: dict[str, Allowed] = {"": {}}
        for request in requests:
            if request.path is not None:
                self.urls.setdefault(request.path, set()).add(request.verb)
            else:
                self._add(request)

    def _add(self, request: Request) -> None:
        verbs = self.scopes.setdefault(request.namespace, {}).setdefault(
            (request.group, request.combined_resource), {}
        )
        names = verbs.get(request.verb, frozenset())
        verbs[request.verb] = None if not request.name or names is None else names | {request.name}

    def spare(self) -> None:
        """Leave out of each namespace what is allowed in the whole cluster anyway."""
        whole = self.scopes[""]
        for place, allowed in self.scopes.items():
            for what, verbs in allowed.items() if place else ():
                for verb in [*verbs]:
                    if verb in whole.get(what, {}):
                        rest = _without(verbs[verb], whole[what][verb])
                        if rest is None or rest:
                            verbs[verb] = rest
                        else:
                            del verbs[verb]


def _without(names: Names, whole: Names) -> Names:
    if whole is None:
        return frozenset()
    return None if names is None else names - whole


Widen = Callable[[Scopes], Iterable[str]]
"""Widens what is allowed in place, and says each widening."""


def synthesise(
    requests: Iterable[Request],
    subject: Subject,
    objects: Objects,
    *,
    widen: Iterable[Widen] = (),
    by_kubernetes: int = 0,
) -> Synthesis:
    """Roles and bindings that allow some requests, and nothing else unless it is said.

    Args:
        requests: What is to be allowed.
        subject: Who is to be allowed.
        objects: What there is: its names are not taken again.
        widen: What widens it, in this order.
        by_kubernetes: How many requests were left out because Kubernetes' own roles allow them.
    """
    asked = list(dict.fromkeys(requests))
    left_out = tuple((request, why) for request in asked if (why := inexact(request)))
    scopes = Scopes(request for request in asked if not inexact(request))
    widened = tuple(said for each in widen for said in each(scopes))
    scopes.spare()
    return Synthesis(
        tuple(_written(scopes, subject, objects)),
        widened,
        left_out,
        by_kubernetes,
        len(asked) - len(left_out),
    )


def _written(scopes: Scopes, subject: Subject, objects: Objects) -> Iterable[JSONObject]:
    stem = f"{_NOT_IN_A_NAME.sub('-', subject.name)[:_LONGEST]}-used"
    whole = [*rules_of(scopes.scopes[""]), *_url_rules(scopes.urls)]
    roles = set(objects.cluster_roles)
    if whole:
        name = free_name(stem, roles)
        roles.add(name)
        yield _role("ClusterRole", name, "", whole)
        yield _binding("", name, "ClusterRole", name, subject, objects)
    alike: dict[str, list[str]] = defaultdict(list)
    rules = {place: rules_of(allowed) for place, allowed in scopes.scopes.items() if place}
    for place in sorted(rules):
        if rules[place]:
            alike[repr(rules[place])].append(place)
    for places in alike.values():
        first = places[0]
        if len(places) == 1:
            name = free_name(stem, {role for where, role in objects.roles if where == first})
            yield _role("Role", name, first, rules[first])
            yield _binding(first, name, "Role", name, subject, objects)
            continue
        name = free_name(f"{stem}-in-namespaces", roles)
        roles.add(name)
        yield _role("ClusterRole", name, "", rules[first])
        for place in places:
            yield _binding(place, name, "ClusterRole", name, subject, objects)


def _role(kind: str, name: str, namespace: str, rules: list[JSONObject]) -> JSONObject:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": kind,
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "rules": rules,
    }


def _binding(
    namespace: str, stem: str, kind: str, role: str, subject: Subject, objects: Objects
) -> JSONObject:
    taken: Collection[str] = (
        {name for where, name in objects.role_bindings if where == namespace}
        if namespace
        else objects.cluster_role_bindings.keys()
    )
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": free_name(stem, taken), **({"namespace": namespace} if namespace else {})},
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role},
        "subjects": [subject_json(subject)],
    }


def rules_of(allowed: Allowed) -> list[JSONObject]:
    """The fewest rules that allow just this: what has the same verbs and names in one group is one rule."""
    together: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (group, resource), verbs in sorted(allowed.items()):
        by_names: dict[Names, list[str]] = defaultdict(list)
        for verb, names in sorted(verbs.items()):
            by_names[names].append(verb)
        for names, its in by_names.items():
            together[group, tuple(its), tuple(sorted(names or ()))].append(resource)
    merged: dict[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (group, held, named), resources in together.items():
        merged[tuple(resources), held, named].append(group)
    return [
        {
            "apiGroups": groups,
            "resources": list(what),
            **({"resourceNames": list(named)} if named else {}),
            "verbs": list(held),
        }
        for (what, held, named), groups in merged.items()
    ]


def _url_rules(urls: dict[str, set[str]]) -> list[JSONObject]:
    together: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for path, verbs in sorted(urls.items()):
        together[tuple(sorted(verbs))].append(path)
    return [{"nonResourceURLs": paths, "verbs": list(verbs)} for verbs, paths in together.items()]

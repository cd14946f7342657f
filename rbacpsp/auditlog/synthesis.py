"""Builds the smallest roles that allow exactly some requests of one subject.

A request within a namespace gets a Role there; one without a namespace, or for a URL, gets a ClusterRole and
a ClusterRoleBinding. A request without a name means all names, and one without a namespace all namespaces,
since RBAC cannot express it more narrowly.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from msgspec import Struct

from rbacpsp.auditlog.exactness import why_inexact
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
    """Roles and bindings, with notes about them."""

    objects: tuple[JSONObject, ...]
    """As kubectl applies them."""
    widened: tuple[str, ...]
    """Sentences about what they allow beyond the recorded requests."""
    left_out: tuple[tuple[Request, str], ...]
    """Recorded requests that no rule allows exactly, with the reason."""
    by_kubernetes: int
    """How many distinct requests bootstrap roles allow anyway."""
    requests: int
    """How many distinct requests the roles are for."""


class Scopes:
    """The permissions to allow, by namespace; the empty one is the whole cluster."""

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
        """Remove from each namespace what is allowed in the whole cluster anyway."""
        cluster_wide = self.scopes[""]
        for namespace, allowed in self.scopes.items():
            for resource_key, verbs in allowed.items() if namespace else ():
                for verb in [*verbs]:
                    if verb in cluster_wide.get(resource_key, {}):
                        names_left = _without(verbs[verb], cluster_wide[resource_key][verb])
                        if names_left is None or names_left:
                            verbs[verb] = names_left
                        else:
                            del verbs[verb]


def _without(names: Names, cluster_names: Names) -> Names:
    if cluster_names is None:
        return frozenset()
    return None if names is None else names - cluster_names


Widen = Callable[[Scopes], Iterable[str]]
"""Widens the permissions in place, and yields a sentence about each widening."""


def synthesise(
    requests: Iterable[Request],
    subject: Subject,
    objects: Objects,
    *,
    widen: Iterable[Widen] = (),
    by_kubernetes: int = 0,
) -> Synthesis:
    """Roles and bindings that allow some requests, and nothing else except for what `widened` lists.

    Args:
        requests: The requests to allow.
        subject: The subject that gets the roles.
        objects: The existing objects, whose names are not used again.
        widen: The functions that widen the permissions, in this order.
        by_kubernetes: How many requests were left out because bootstrap roles allow them.
    """
    request_list = list(dict.fromkeys(requests))
    left_out = tuple((request, reason) for request in request_list if (reason := why_inexact(request)))
    scopes = Scopes(request for request in request_list if not why_inexact(request))
    widened = tuple(sentence for widen_scopes in widen for sentence in widen_scopes(scopes))
    scopes.spare()
    return Synthesis(
        tuple(_role_objects(scopes, subject, objects)),
        widened,
        left_out,
        by_kubernetes,
        len(request_list) - len(left_out),
    )


def _role_objects(scopes: Scopes, subject: Subject, objects: Objects) -> Iterable[JSONObject]:
    stem = f"{_NOT_IN_A_NAME.sub('-', subject.name)[:_LONGEST]}-used"
    cluster_rules = [*rules_of(scopes.scopes[""]), *_url_rules(scopes.urls)]
    roles = set(objects.cluster_roles)
    if cluster_rules:
        name = free_name(stem, roles)
        roles.add(name)
        yield _role("ClusterRole", name, "", cluster_rules)
        yield _binding("", name, "ClusterRole", name, subject, objects)
    alike: dict[str, list[str]] = defaultdict(list)
    rules = {namespace: rules_of(allowed) for namespace, allowed in scopes.scopes.items() if namespace}
    for namespace in sorted(rules):
        if rules[namespace]:
            alike[repr(rules[namespace])].append(namespace)
    for namespaces in alike.values():
        first = namespaces[0]
        if len(namespaces) == 1:
            name = free_name(stem, {role for where, role in objects.roles if where == first})
            yield _role("Role", name, first, rules[first])
            yield _binding(first, name, "Role", name, subject, objects)
            continue
        name = free_name(f"{stem}-in-namespaces", roles)
        roles.add(name)
        yield _role("ClusterRole", name, "", rules[first])
        for namespace in namespaces:
            yield _binding(namespace, name, "ClusterRole", name, subject, objects)


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
    """The fewest rules that allow exactly this; resources of a group with equal verbs and names share one."""
    resources_by_verbs: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (group, resource), verbs in sorted(allowed.items()):
        by_names: dict[Names, list[str]] = defaultdict(list)
        for verb, names in sorted(verbs.items()):
            by_names[names].append(verb)
        for names, verb_list in by_names.items():
            resources_by_verbs[group, tuple(verb_list), tuple(sorted(names or ()))].append(resource)
    merged: dict[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (group, verb_tuple, name_tuple), resources in resources_by_verbs.items():
        merged[tuple(resources), verb_tuple, name_tuple].append(group)
    return [
        {
            "apiGroups": groups,
            "resources": list(resource_tuple),
            **({"resourceNames": list(name_tuple)} if name_tuple else {}),
            "verbs": list(verb_tuple),
        }
        for (resource_tuple, verb_tuple, name_tuple), groups in merged.items()
    ]


def _url_rules(urls: dict[str, set[str]]) -> list[JSONObject]:
    paths_by_verbs: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for path, verbs in sorted(urls.items()):
        paths_by_verbs[tuple(sorted(verbs))].append(path)
    return [{"nonResourceURLs": paths, "verbs": list(verbs)} for verbs, paths in paths_by_verbs.items()]

"""Finds the smallest role and binding that allow some requests, and the existing roles that allow them.

A request in a namespace gets a Role and a RoleBinding there; one at the cluster scope, or for a URL, gets a
ClusterRole and a ClusterRoleBinding. Names of objects become resourceNames if a request contains them.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, count
from typing import Any

from msgspec import Struct

from rbacpsp.catalog.placement import carries_no_name
from rbacpsp.model import ClusterRole, Objects, PolicyRule, Request, Role, Subject
from rbacpsp.model.rbac import GROUP
from rbacpsp.model.result import Shown, counted, one_line
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.match import ALL, rule_allows, rules_allow
from rbacpsp.rbac.table import RoleRules

JSONObject = dict[str, Any]

READING = frozenset({"get", "list", "watch"})
_NOT_IN_A_NAME = re.compile(r"[/%]")
_KUBERNETES = ("kubeadm:", "system:")
_WIDE_VERBS = 10
_WIDE_RESOURCES = 60


class ExistingRole(Struct, frozen=True):
    """An existing role that allows some requests, and its other permissions."""

    kind: str
    name: str
    namespace: str
    """The namespace of a Role; empty for a ClusterRole."""
    more: tuple[str, ...]
    """Its other permissions, one line each."""
    changes: int
    """How many other permissions to change objects or to read secrets it grants."""
    reads: int
    """How many further permissions it grants."""

    everything: bool
    """Whether one of its rules allows every verb on every resource."""

    @property
    def made_for_kubernetes(self) -> bool:
        """Whether it is meant for a component of Kubernetes, not for people."""
        return self.name.startswith(_KUBERNETES)

    @property
    def order(self) -> tuple[bool, int, int, str, str]:
        """Sorts roles by the number of their other permissions; those of parts of Kubernetes come last."""
        return (self.made_for_kubernetes, self.changes, self.reads, self.kind, self.name)


class Mending(Shown, Struct, frozen=True):
    """The grants that would allow some requests of a subject."""

    requests: tuple[Request, ...]
    subject: Subject
    objects: tuple[JSONObject, ...]
    """A role and a binding, as kubectl applies them."""
    existing: tuple[ExistingRole, ...]
    """Existing roles that would allow it if they were bound; fewest other permissions first."""
    allowed: bool
    """Whether the subject already may do all of it, so that no grant is needed."""

    def __repr__(self) -> str:
        roles = "" if self.allowed else f", {counted(len(self.existing), 'existing role')}"
        needed = "already allowed" if self.allowed else " and ".join(obj["kind"] for obj in self.objects)
        return one_line(f"<Mending for {subject_text(self.subject)}: {needed}{roles}>")


def smallest_grant(
    requests: Iterable[Request], subject: Subject, objects: Objects
) -> tuple[JSONObject, JSONObject]:
    """A role that allows some requests and nothing else, and a binding of it to a subject.

    Args:
        requests: All in one namespace, or all without a namespace.
        subject: The subject of the binding.
        objects: The objects of the cluster, whose names are not used again.

    Raises:
        ValueError: There is no request, or they are in several namespaces.
    """
    request_list = tuple(requests)
    namespaces = {"" if request.path is not None else request.namespace for request in request_list}
    if len(namespaces) != 1:
        raise ValueError("a grant is for one namespace, or for the whole cluster: ask for each by itself")
    (namespace,) = namespaces
    rules = grouped_rules(request_list)
    kind = "Role" if namespace else "ClusterRole"
    stem = _NOT_IN_A_NAME.sub("-", _stem(request_list))
    same_rules = tuple(_as_rule(rule) for rule in rules)
    roles: Iterable[tuple[str, Role | ClusterRole]] = (
        ((name, role) for (where, name), role in objects.roles.items() if where == namespace)
        if namespace
        else objects.cluster_roles.items()
    )
    role = free_name(stem, {name for name, other in roles if other.rules != same_rules})
    bindings: Collection[str] = (
        {name for where, name in objects.role_bindings if where == namespace}
        if namespace
        else objects.cluster_role_bindings.keys()
    )
    binding = free_name(f"{stem}:{_NOT_IN_A_NAME.sub('-', subject.name)}", bindings)
    where = {"namespace": namespace} if namespace else {}
    return (
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": kind,
            "metadata": {"name": role, **where},
            "rules": rules,
        },
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": f"{kind}Binding",
            "metadata": {"name": binding, **where},
            "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role},
            "subjects": [subject_json(subject)],
        },
    )


def subject_json(subject: Subject) -> JSONObject:
    """A subject as a binding writes it."""
    if subject.kind == "ServiceAccount":
        return {"kind": subject.kind, "name": subject.name, "namespace": subject.namespace}
    return {"apiGroup": GROUP, "kind": subject.kind, "name": subject.name}


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or if it is taken the name with the first free number at its end."""
    candidates = chain((name,), (f"{name}-{number}" for number in count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)


def grouped_rules(requests: Iterable[Request]) -> list[JSONObject]:
    """The fewest rules that allow some requests and nothing else: one rule holds all verbs of a resource."""
    verbs: dict[tuple[str, str, str], list[str]] = {}
    for request in requests:
        object_name = request.name if not carries_no_name(request) else ""
        key = (
            ("", request.path, "")
            if request.path is not None
            else (request.group, request.combined_resource, object_name)
        )
        kind = ("url", *key[1:]) if request.path is not None else key
        verbs_of_rule = verbs.setdefault(kind, [])
        if request.verb not in verbs_of_rule:
            verbs_of_rule.append(request.verb)
    rules: list[JSONObject] = []
    for (group, path_or_resource, name), verb_list in verbs.items():
        if group == "url":
            rules.append({"nonResourceURLs": [path_or_resource], "verbs": verb_list})
        else:
            names = {"resourceNames": [name]} if name else {}
            rules.append({"apiGroups": [group], "resources": [path_or_resource], **names, "verbs": verb_list})
    return rules


def _as_rule(rule: JSONObject) -> PolicyRule:
    return PolicyRule(
        verbs=tuple(rule["verbs"]),
        api_groups=tuple(rule.get("apiGroups", ())),
        resources=tuple(rule.get("resources", ())),
        resource_names=tuple(rule.get("resourceNames", ())),
        non_resource_urls=tuple(rule.get("nonResourceURLs", ())),
    )


def _stem(requests: Sequence[Request]) -> str:
    first = requests[0]
    verbs = "-".join(dict.fromkeys(request.verb for request in requests)).replace(ALL, "all")
    object_text = (
        first.path.strip("/").replace(ALL, "all") or "root"
        if first.path is not None
        else first.combined_resource.replace(ALL, "all")
    )
    names = {request.name for request in requests if request.name and not carries_no_name(request)}
    object_text += f"-{names.pop()}" if len(names) == 1 and first.path is None else ""
    more = "-and-more" if len({(request.path, request.combined_resource) for request in requests}) > 1 else ""
    return f"{verbs}-{object_text}{more}"


def existing_roles(roles: Iterable[RoleRules], requests: Sequence[Request]) -> tuple[ExistingRole, ...]:
    """The roles that allow all of some requests; fewest other permissions first."""
    existing = [_existing(role, requests) for role in roles if _holds(role, requests)]
    return tuple(sorted(existing, key=lambda role: role.order))


def _holds(role: RoleRules, requests: Sequence[Request]) -> bool:
    return all(rules_allow(role.rules, request) for request in requests)


def _existing(role: RoleRules, requests: Sequence[Request]) -> ExistingRole:
    changes = reads = 0
    more: list[str] = []
    for rule in role.rules:
        beyond_changes, beyond_reads = _weight(rule, requests)
        changes += beyond_changes
        reads += beyond_reads
        if beyond_changes or beyond_reads:
            more.append(rule_text(rule))
    obj = role.role
    return ExistingRole(
        kind=obj.kind,
        name=obj.name,
        namespace=obj.metadata.namespace,
        more=tuple(dict.fromkeys(more)),
        changes=changes,
        reads=reads,
        everything=any(ALL in rule.verbs and ALL in rule.resources for rule in role.rules),
    )


def _weight(rule: PolicyRule, requests: Sequence[Request]) -> tuple[int, int]:
    """How many other permissions a rule grants: those that change objects or read secrets, and the rest.

    A wildcard counts as a fixed large number, so that roles can be compared without a list of resources.
    """
    asked = {request.verb for request in requests if rule_allows(rule, request)}
    wide = ALL in rule.resources or ALL in rule.non_resource_urls
    object_count = _WIDE_RESOURCES if wide else len(rule.resources) * max(len(rule.api_groups), 1)
    object_count = object_count or len(rule.non_resource_urls)
    object_count *= len(rule.resource_names) or 1
    verbs = set(rule.verbs) - {ALL}
    secret = wide or "secrets" in rule.resources
    reading = sorted(verbs & READING)
    changing = sorted(verbs - READING) + (["any"] * _WIDE_VERBS if ALL in rule.verbs else [])
    read = len(reading) * object_count
    changed = len(changing) * object_count
    read -= len(asked & set(reading))
    changed -= len((asked - READING) & set(changing)) if ALL not in rule.verbs else len(asked - READING)
    return (changed + (read if secret else 0), 0 if secret else read)


def rule_text(rule: PolicyRule) -> str:
    """A rule as one line: `get, list pods, services.apps named web`."""
    verbs = ", ".join(rule.verbs)
    return f"{verbs} {', '.join(_objects_of(rule))}" + (
        f" named {', '.join(rule.resource_names)}" if rule.resource_names else ""
    )


def _objects_of(rule: PolicyRule) -> Iterator[str]:
    yield from rule.non_resource_urls
    for group in rule.api_groups:
        for resource in rule.resources:
            yield f"{resource}.{group}" if group else resource

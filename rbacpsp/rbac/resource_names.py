"""Grants with resourceNames, which allow only requests that name one of the objects."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rbacpsp.catalog.placement import COLLECTIONS, carries_no_name, is_namespaces
from rbacpsp.model import PolicyRule, Request, Subject, User
from rbacpsp.rbac.decision import Grant
from rbacpsp.rbac.index import Scope
from rbacpsp.rbac.match import api_group_matches, resource_matches, verb_matches
from rbacpsp.rbac.role_refs import Binding
from rbacpsp.rbac.table import ByRole, RoleRules


class NamedGrant(NamedTuple):
    """A grant, and the names of the only objects that it allows."""

    names: tuple[str, ...]
    """Sorted."""
    grant: Grant


Bound = tuple[RoleRules, Iterable[tuple[Binding, Iterable[Subject]]]]
"""The rules of a role, and the bindings of it with those of their subjects that count."""


def named_grants(request: Request, bound: Iterable[Bound]) -> tuple[NamedGrant, ...]:
    """The grants that would allow a request if it named one of some objects, one for each subject.

    Empty if the request names an object, or if no request of that verb can name one.

    Args:
        request: The request, without a name.
        bound: The bindings that are searched: `bindings_of_roles` or `bindings_of_user`.
    """
    if request.path is not None or request.name or carries_no_name(request):
        return ()
    by_order: dict[tuple[str, str, int, Subject], NamedGrant] = {}
    one_alone = is_namespaces(request.group, request.resource)
    rules_of: dict[tuple[RoleRules, str], tuple[tuple[int, tuple[str, ...]], ...]] = {}
    for role, bindings in bound:
        if not (role.named or one_alone):
            continue
        for binding, subjects in bindings:
            scope = binding.namespace if one_alone and binding.kind == "RoleBinding" else ""
            rules = rules_of.get((role, scope))
            if rules is None:
                rules = rules_of[role, scope] = tuple(_rules_with_names(role, request, scope))
            for rule_index, names in rules:
                for subject in subjects:
                    grant = Grant(
                        binding, role.role, rule_index, role.rules[rule_index], subject, role.computed
                    )
                    by_order[grant.order] = NamedGrant(names, grant)
    return tuple(by_order[order] for order in sorted(by_order))


def limits_by_name(rules: Iterable[PolicyRule], request: Request) -> bool:
    """Whether one of some rules may allow a request only for some objects, if it names no object.

    Every rule about Namespace objects is limited like that: in a RoleBinding it allows only its own
    namespace.
    """
    if not is_namespaces(request.group, request.resource):
        rules = [rule for rule in rules if rule.resource_names]
    return any(_matches(rule, request) for rule in rules)


def bindings_of_user(scopes: Iterable[Scope], user: User) -> Iterator[Bound]:
    """The bindings of some scopes that name a user or one of its groups."""
    for scope in scopes:
        for postings in scope.postings(user):
            for posting in postings:
                binding = posting.binding
                yield posting.role, ((binding, (binding.subjects[posting.subject_index],)),)


def bindings_of_roles(bound: Iterable[ByRole[Binding]]) -> Iterator[Bound]:
    """All bindings of some scopes, with each of their subjects."""
    for by_role in bound:
        for role, bindings in by_role.items.items():
            yield role, ((binding, binding.subjects) for binding in bindings)


def _rules_with_names(
    role: RoleRules, request: Request, namespace: str
) -> Iterator[tuple[int, tuple[str, ...]]]:
    for rule_index, rule in enumerate(role.rules):
        if _matches(rule, request):
            names = _names(rule, request, namespace)
            if names:
                yield rule_index, names


def _matches(rule: PolicyRule, request: Request) -> bool:
    return (
        verb_matches(rule, request.verb)
        and api_group_matches(rule, request.group)
        and resource_matches(rule, request.combined_resource, request.subresource)
    )


def _names(rule: PolicyRule, request: Request, namespace: str) -> tuple[str, ...]:
    """The names that a rule allows; a RoleBinding allows only its own Namespace object."""
    names = tuple(sorted(set(rule.resource_names)))
    if not namespace or not is_namespaces(request.group, request.resource):
        return names
    if not request.subresource and request.verb in COLLECTIONS:
        return ()
    return (namespace,) if not names or namespace in names else ()

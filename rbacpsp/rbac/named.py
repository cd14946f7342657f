"""Grants with resourceNames, which allow only requests that name one of the objects."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rbacpsp.catalog.placement import COLLECTIONS, carries_no_name, is_namespaces
from rbacpsp.model import PolicyRule, Request, Subject, User
from rbacpsp.rbac.decision import Grant
from rbacpsp.rbac.index import Binding, Scope
from rbacpsp.rbac.match import api_group_matches, resource_matches, verb_matches
from rbacpsp.rbac.table import RoleRules


class NamedGrant(NamedTuple):
    """A grant, and the names of the only objects that it allows."""

    names: tuple[str, ...]
    """Sorted."""
    grant: Grant


def named_grants(
    request: Request, scopes: Iterable[Scope], user: User | None = None
) -> tuple[NamedGrant, ...]:
    """The grants that would allow a request if it named one of some objects, one for each subject.

    Empty where the request names an object, or where no request of that verb can name one.

    Args:
        request: What is asked for.
        scopes: The scopes whose bindings are searched.
        user: Only what reaches this user; None: everybody.
    """
    if request.path is not None or request.name or carries_no_name(request):
        return ()
    by_order: dict[tuple[str, str, int, Subject], NamedGrant] = {}
    only_one_name = is_namespaces(request.group, request.resource)
    for scope in scopes:
        for binding, role, subjects in _bound(scope, user):
            if not (role.named or only_one_name):
                continue
            for rule_index, names in _rules_with_names(role, request, scope.namespace):
                for subject in subjects:
                    grant = Grant(
                        binding, role.role, rule_index, role.rules[rule_index], subject, role.computed
                    )
                    by_order[grant.order] = NamedGrant(names, grant)
    return tuple(by_order[order] for order in sorted(by_order))


def _bound(scope: Scope, user: User | None) -> Iterator[tuple[Binding, RoleRules, Iterable[Subject]]]:
    if user is not None:
        for postings in scope.postings(user):
            for posting in postings:
                yield posting.binding, posting.role, (posting.binding.subjects[posting.subject_index],)
        return
    for role, bindings in scope.bound.items.items():
        for binding in bindings:
            yield binding, role, dict.fromkeys(binding.subjects)


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

"""A refused request, explained."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import Source
from rbacpsp.cli.spelling import role_text
from rbacpsp.model import ClusterRole, Request, Role, RoleRef, User
from rbacpsp.rbac.match import rules_allow

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_MOST = 3
Parts = list[tuple[str, str]]


def explain_access(
    cluster: "Cluster", name: str, request: Request, given: User | None, source: Source
) -> Parts:
    """What a refusal of the RBAC authorizer means for a cluster, and what to run next.

    Args:
        cluster: Where it happened.
        name: The user that the refusal names.
        request: What was refused.
        given: The same user with its groups, which a refusal does not name; else those that it has for sure.
        source: Where the cluster was read, for the commands to run next.
    """
    user = replace(given, name=name) if given else User.impersonate(name)
    decision = cluster.authorize(user, request)
    parts = [
        ("it says", f"{name} may not {_what(request)}{_where(request)}: no role bound to it allows that")
    ]
    if decision.allowed:
        parts.append(("here", f"it is allowed now: {decision.reason or 'a member of system:masters'}"))
    else:
        groups = ", ".join(user.groups)
        parts.append(
            ("here", f"it is refused here too, asked with the groups {groups}; the message names none")
        )
    parts.extend(("roleRef", error) for error in decision.errors)
    roles = sorted(_roles(cluster, request))[:_MOST]
    binding = f"RoleBinding of it in {request.namespace}" if request.namespace else "ClusterRoleBinding of it"
    parts.extend(("would do", f"{ref} holds it: a {binding} would do") for _, ref in roles)
    if not roles and not decision.allowed:
        parts.append(("would do", "no role of this cluster holds it: one must be written"))
    return [*parts, *(("next", command) for command in _commands(name, request, source))]


def _what(request: Request) -> str:
    if request.path is not None:
        return f"{request.verb} {request.path}"
    named = f" {request.name}" if request.name else ""
    group = f".{request.group}" if request.group else ""
    return f"{request.verb} {request.combined_resource}{group}{named}"


def _where(request: Request) -> str:
    if request.path is not None:
        return ""
    return f" in namespace {request.namespace}" if request.namespace else " at the cluster scope"


def _roles(cluster: "Cluster", request: Request) -> Iterator[tuple[int, str]]:
    """The roles that hold a permission and could be bound, with their number of permissions: fewest first."""
    local = (role for (place, _), role in cluster.objects.roles.items() if place == request.namespace)
    every: Iterator[Role | ClusterRole] = iter([*local, *cluster.objects.cluster_roles.values()])
    for role in every:
        rules = role.rules or getattr(cluster.authorizer.aggregation.roles.get(role.name), "rules", ())
        if rules_allow(rules, request):
            size = sum(1 for rule in rules for _ in cluster.catalog.expand(rule))
            yield size, role_text(RoleRef(kind=role.kind, name=role.name))


def _commands(name: str, request: Request, source: Source) -> Iterator[str]:
    target = request.path or request.resource + (f".{request.group}" if request.group else "")
    sub = ("--subresource", request.subresource) if request.subresource else ()
    where = ("-n", request.namespace) if request.namespace else ()
    yield next_step("lookup", name, source=source)
    yield next_step("roles", request.verb, target, *sub, source=source)
    yield next_step("who-can", request.verb, target, *sub, *where, source=source)

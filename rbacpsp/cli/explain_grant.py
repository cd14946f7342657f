"""A role or binding that would have granted more than its writer holds, explained."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rbacpsp.cli.explain_access import Parts
from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import Source
from rbacpsp.model import PolicyRule, Request
from rbacpsp.model.rbac import GROUP
from rbacpsp.rbac.covers import covers
from rbacpsp.rbac.refused_grant import RefusedGrant

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_MOST = 10
_FREED_BY = {
    "roles": ("escalate", ("roles",)),
    "clusterroles": ("escalate", ("clusterroles",)),
    "rolebindings": ("bind", ("roles", "clusterroles")),
    "clusterrolebindings": ("bind", ("clusterroles",)),
}
"""The verb that frees a writer from the check, and on what.

Source: kubernetes/pkg/registry/rbac/escalation_check.go (1.24).
"""


def explain_grant(cluster: "Cluster", refused: RefusedGrant, namespace: str | None, source: Source) -> Parts:
    """What the refusal of a role or a binding means for a cluster, and what to run next.

    Args:
        cluster: Where it happened.
        refused: What the server said.
        namespace: Of the role or binding, which the server does not name.
        source: Where the cluster was read, for the commands to run next.
    """
    place = "" if refused.resource.startswith("cluster") else namespace or ""
    return [*_said(refused), *_here(cluster, refused, place), *_next(refused, place, source)]


def _said(refused: RefusedGrant) -> Iterator[tuple[str, str]]:
    name, what = refused.user.name, _what(refused)
    granted = f"the role that {what} refers to" if refused.binds else what
    yield "it says", f"{name} may write {refused.resource}, but {granted} holds what {name} does not hold:"
    for rule in refused.missing[:_MOST]:
        yield "missing", _text(rule)
    if len(refused.missing) > _MOST:
        yield "missing", f"and {len(refused.missing) - _MOST} more"


def _here(cluster: "Cluster", refused: RefusedGrant, place: str) -> Iterator[tuple[str, str]]:
    user = refused.user
    verb, resources = _FREED_BY[refused.resource]
    freed = [each for each in resources if cluster.authorize(user, _request(verb, each, place))]
    held = (each.rule for each in cluster.rules_for(user, place))
    lacking = covers(held, refused.missing)
    if freed:
        yield "here", f"{user.name} may {verb} {' and '.join(freed)}, and so write it whatever it holds"
    elif lacking:
        pieces = covers((), refused.missing)
        yield (
            "here",
            f"{user.name} lacks {'all' if len(lacking) == len(pieces) else 'a part'} of that here too",
        )
    else:
        yield "here", f"{user.name} holds all of that: it would be stored"
    if not place and not refused.resource.startswith("cluster"):
        yield "note", "the message names no namespace: with -n, what is held there counts too"


def _next(refused: RefusedGrant, place: str, source: Source) -> Iterator[tuple[str, str]]:
    name, target = refused.user.name, "the role" if refused.binds else refused.resource
    verb, resources = _FREED_BY[refused.resource]
    yield "would do", f"whoever holds all of it writes it, or {name} is granted what is missing first"
    yield (
        "would do",
        f"{verb} on {target} frees from the check, and {name} could grant itself anything that way",
    )
    where = ("-n", place) if place else ()
    yield "next", next_step("rules", name, *where, source=source)
    for resource in resources:
        yield "next", next_step("who-can", verb, f"{resource}.{GROUP}", *where, source=source)


def _what(refused: RefusedGrant) -> str:
    return f"{refused.resource.removesuffix('s')} {refused.name}"


def _request(verb: str, resource: str, namespace: str) -> Request:
    return Request(verb, group=GROUP, resource=resource, namespace=namespace)


def _text(rule: PolicyRule) -> str:
    verbs = ", ".join(rule.verbs)
    if rule.non_resource_urls:
        return f"{verbs} {' '.join(rule.non_resource_urls)}"
    what = ", ".join(
        f"{resource}.{group}" if group else resource
        for group in rule.api_groups
        for resource in rule.resources
    )
    return f"{verbs} {what}" + (f" named {', '.join(rule.resource_names)}" if rule.resource_names else "")

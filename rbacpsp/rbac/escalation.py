"""The escalation check: who writes a role or a binding must hold what it grants, or be exempt.

The API server stores no role with rules that its writer does not hold, unless the writer may `escalate` it,
and no binding to a role whose rules its writer does not hold, unless the writer may `bind` it. Members of
system:masters are not asked.

Source: pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased/storage.go,
pkg/registry/rbac/escalation_check.go, pkg/registry/rbac/validation/rule.go ConfirmNoEscalation and
policy_compact.go, pkg/apis/rbac/v1/evaluation_helpers.go CompactString (1.24).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from rbacpsp.model import PolicyRule, Request, User
from rbacpsp.model.go import aggregate, quote
from rbacpsp.model.kinds import BY_NAME
from rbacpsp.model.rbac import GROUP, ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacpsp.model.request import MASTERS
from rbacpsp.model.version import Version
from rbacpsp.rbac.authorizer import Authorizer
from rbacpsp.rbac.covers import covers

Writable = Role | ClusterRole | RoleBinding | ClusterRoleBinding
_EVERYTHING = (
    PolicyRule(verbs=("*",), api_groups=("*",), resources=("*",)),
    PolicyRule(verbs=("*",), non_resource_urls=("*",)),
)
_KIND = re.compile(rf"\b((?:cluster)?role)\.(?={re.escape(GROUP)} )")
_WRITTEN_SINCE = Version(1, 32)
_SERVERS_OWN = ("uid", "resource_version", "generation")
_AGGREGATION = "must have cluster-admin privileges to use the aggregationRule"


@dataclass(frozen=True, slots=True)
class Escalation:
    """Why the escalation check refuses a role or a binding that RBAC lets its writer create."""

    message: str
    """The server's whole message."""
    missing: tuple[PolicyRule, ...]
    """The permissions that the writer lacks; empty where the role that a binding refers to is missing."""
    freed_by: Request
    """The request that, if allowed, exempts the writer from the check."""


def escalation(
    authorizer: Authorizer, user: User, obj: Writable, old: Writable | None = None
) -> Escalation | None:
    """Why the server does not store a role or a binding that a user writes; None when it does.

    Args:
        authorizer: The authorizer of the cluster.
        user: Who writes.
        obj: What is written.
        old: What is replaced; None for a creation, in which `escalate` on a name does not count.
    """
    if MASTERS in user.groups or (old is not None and _only_owners_changed(obj, old)):
        return None
    namespace = obj.metadata.namespace
    if isinstance(obj, Role | ClusterRole):
        name = obj.metadata.name if old is not None else ""
        resource = BY_NAME[obj.kind].plural
        freed_by = Request("escalate", group=GROUP, resource=resource, name=name, namespace=namespace)
        rules: tuple[PolicyRule, ...] = obj.rules
    else:
        ref = obj.role_ref
        resource = "roles" if ref.kind == "Role" else "clusterroles"
        freed_by = Request("bind", group=GROUP, resource=resource, name=ref.name, namespace=namespace)
    if authorizer.authorize(user, freed_by):
        return None
    if isinstance(obj, RoleBinding | ClusterRoleBinding):
        referred = authorizer.referred(obj)
        if referred.error:
            return Escalation(_as_stored(referred.error, obj, authorizer.version), (), freed_by)
        rules = referred.rules
    held = authorizer.rules_for(user, namespace)
    owned = [each.rule for each in held]
    lacking = covers(owned, rules)
    if lacking:
        errors = tuple(_as_stored(error, obj, authorizer.version) for error in held.errors)
        return Escalation(_forbidden(obj, _words(user, lacking, errors)), lacking, freed_by)
    if _aggregates(obj) or (old is not None and _aggregates(old)):
        lacking = covers(owned, _EVERYTHING)
        if lacking:
            return Escalation(_forbidden(obj, _AGGREGATION), lacking, freed_by)
    return None


def _only_owners_changed(obj: Writable, old: Writable) -> bool:
    """Whether an update changes nothing but owners and finalizers, as the garbage collector does."""
    if type(obj) is not type(old):
        return False
    there = old.metadata
    kept = {name: getattr(there, name) for name in ("owner_references", "finalizers", *_SERVERS_OWN)}
    return bool(replace(obj, metadata=replace(obj.metadata, **kept)) == old)


def _as_stored(error: str, obj: Writable, version: Version) -> str:
    """The server's message about a binding to a missing role.

    They name the resource; since 1.32 by mistake the one that is written, not the one that is missing.
    """
    written = BY_NAME[obj.kind].plural
    return _KIND.sub(f"{written}." if version >= _WRITTEN_SINCE else r"\1s.", error)


def still_refused(authorizer: Authorizer, user: User, request: Request) -> str:
    """What the escalation check refuses to a user whom RBAC lets write roles or bindings; empty if nothing.

    Args:
        authorizer: The authorizer of the cluster.
        user: Who may send the request.
        request: One that is allowed.
    """
    freed = _FREED.get(request.resource) if request.group == GROUP and not request.subresource else None
    if freed is None or request.verb not in _WRITES or MASTERS in user.groups:
        return ""
    verb, resources = freed
    name = request.name if verb == "escalate" and request.verb != "create" else ""
    if all(
        authorizer.authorize(
            user, Request(verb, group=GROUP, resource=resource, name=name, namespace=request.namespace)
        )
        for resource in resources
    ):
        return ""
    if not covers((each.rule for each in authorizer.rules_for(user, request.namespace)), _EVERYTHING):
        return ""
    what = "rules in it" if verb == "escalate" else "a role bound by it with rules"
    return (
        f"The server still refuses {what} that {user.name} does not hold, unless {user.name} may {verb} "
        f"{' and '.join(resources)} (the escalation check): preflight asks about given objects."
    )


_WRITES = frozenset({"create", "patch", "update"})
_FREED = {
    "roles": ("escalate", ("roles",)),
    "clusterroles": ("escalate", ("clusterroles",)),
    "rolebindings": ("bind", ("roles", "clusterroles")),
    "clusterrolebindings": ("bind", ("clusterroles",)),
}
"""The verb that exempts a writer of a resource from the check, and the resource it is checked on."""


def _aggregates(obj: Writable) -> bool:
    return isinstance(obj, ClusterRole) and obj.aggregation_rule is not None


def _forbidden(obj: Writable, words: str) -> str:
    return f"{BY_NAME[obj.kind].resource} {quote(obj.metadata.name)} is forbidden: {words}"


def _words(user: User, lacking: Iterable[PolicyRule], errors: tuple[str, ...]) -> str:
    groups = " ".join(map(quote, user.groups))
    rules = "\n".join(sorted({compact_string(rule) for rule in compacted(lacking)}))
    words = (
        f"user {quote(user.name)} (groups=[{groups}]) is attempting to grant RBAC permissions not currently "
        f"held:\n{rules}"
    )
    return f"{words}; resolution errors: [{aggregate(errors)}]" if errors else words


def compacted(rules: Iterable[PolicyRule]) -> list[PolicyRule]:
    """Rules of one resource and at most one name, with all verbs of each in one."""
    simple: dict[tuple[tuple[str, ...], ...], PolicyRule] = {}
    rest = []
    for rule in rules:
        if rule.non_resource_urls:
            rest.append(rule)
            continue
        key = (rule.api_groups, rule.resources, rule.resource_names)
        there = simple.get(key)
        simple[key] = rule if there is None else replace(there, verbs=there.verbs + rule.verbs)
    return [*rest, *simple.values()]


def compact_string(rule: PolicyRule) -> str:
    """A rule as the server's messages show one."""
    fields = (
        ("APIGroups", rule.api_groups),
        ("Resources", rule.resources),
        ("NonResourceURLs", rule.non_resource_urls),
        ("ResourceNames", rule.resource_names),
        ("Verbs", rule.verbs),
    )
    texts = (f"{name}:[{' '.join(map(quote, values))}]" for name, values in fields if values)
    return f"{{{', '.join(texts)}}}"

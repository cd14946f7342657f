"""The escalation check: the writer of a role or a binding must hold what it grants, or be exempt.

The API server stores no role with rules that its writer does not hold, unless the writer may `escalate` it,
and no binding to a role whose rules its writer does not hold, unless the writer may `bind` it. Members of
system:masters are not checked.

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
    """The server's complete message."""
    missing: tuple[PolicyRule, ...]
    """The permissions that the writer lacks; empty if the role that a binding refers to is missing."""
    freed_by: Request
    """The request that, if allowed, exempts the writer from the check."""


def escalation(
    authorizer: Authorizer, user: User, obj: Writable, old: Writable | None = None
) -> Escalation | None:
    """Why the server does not store a role or a binding that a user writes; None when it does.

    Args:
        authorizer: The authorizer of the cluster.
        user: The writer.
        obj: The role or binding that is written.
        old: The object that is replaced; None for a creation, in which `escalate` on a name does not count.
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
    writer_rules = authorizer.rules_for(user, namespace)
    rules_of_writer = [held_rule.rule for held_rule in writer_rules]
    missing_permissions = covers(rules_of_writer, rules)
    if missing_permissions:
        errors = tuple(_as_stored(error, obj, authorizer.version) for error in writer_rules.errors)
        return Escalation(
            _forbidden(obj, _words(user, missing_permissions, errors)), missing_permissions, freed_by
        )
    if _aggregates(obj) or (old is not None and _aggregates(old)):
        missing_permissions = covers(rules_of_writer, _EVERYTHING)
        if missing_permissions:
            return Escalation(_forbidden(obj, _AGGREGATION), missing_permissions, freed_by)
    return None


def _only_owners_changed(obj: Writable, old: Writable) -> bool:
    """Whether an update changes nothing but owners and finalizers, as the garbage collector does."""
    if type(obj) is not type(old):
        return False
    old_metadata = old.metadata
    kept = {name: getattr(old_metadata, name) for name in ("owner_references", "finalizers", *_SERVERS_OWN)}
    return bool(replace(obj, metadata=replace(obj.metadata, **kept)) == old)


def _as_stored(error: str, obj: Writable, version: Version) -> str:
    """The server's message about a binding to a missing role.

    It names a resource: that of the missing role, and since 1.32 by mistake that of the object that is
    written.
    """
    written = BY_NAME[obj.kind].plural
    return _KIND.sub(f"{written}." if version >= _WRITTEN_SINCE else r"\1s.", error)


def still_refused(authorizer: Authorizer, user: User, request: Request) -> str:
    """A sentence about what the escalation check refuses to a user who may write roles or bindings.

    Empty if it refuses nothing.

    Args:
        authorizer: The authorizer of the cluster.
        user: The user who may send the request.
        request: A request that is allowed.
    """
    exemption = _FREED.get(request.resource) if request.group == GROUP and not request.subresource else None
    if exemption is None or request.verb not in _WRITES or MASTERS in user.groups:
        return ""
    verb, resources = exemption
    name = request.name if verb == "escalate" and request.verb != "create" else ""
    if all(
        authorizer.authorize(
            user, Request(verb, group=GROUP, resource=resource, name=name, namespace=request.namespace)
        )
        for resource in resources
    ):
        return ""
    held_rules = (held_rule.rule for held_rule in authorizer.rules_for(user, request.namespace))
    if not covers(held_rules, _EVERYTHING):
        return ""
    granted_rules = "rules in it" if verb == "escalate" else "a role bound by it with rules"
    return (
        f"The server still refuses {granted_rules} that {user.name} does not hold, unless {user.name} may "
        f"{verb} {' and '.join(resources)} (the escalation check): preflight asks about given objects."
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


def _words(user: User, missing_permissions: Iterable[PolicyRule], errors: tuple[str, ...]) -> str:
    groups = " ".join(map(quote, user.groups))
    rules = "\n".join(sorted({compact_string(rule) for rule in compacted(missing_permissions)}))
    words = (
        f"user {quote(user.name)} (groups=[{groups}]) is attempting to grant RBAC permissions not currently "
        f"held:\n{rules}"
    )
    return f"{words}; resolution errors: [{aggregate(errors)}]" if errors else words


def compacted(rules: Iterable[PolicyRule]) -> list[PolicyRule]:
    """Rules in which those of the same groups, resources and names are joined, with the verbs of all."""
    simple: dict[tuple[tuple[str, ...], ...], PolicyRule] = {}
    rest = []
    for rule in rules:
        if rule.non_resource_urls:
            rest.append(rule)
            continue
        key = (rule.api_groups, rule.resources, rule.resource_names)
        earlier = simple.get(key)
        simple[key] = rule if earlier is None else replace(earlier, verbs=earlier.verbs + rule.verbs)
    return [*rest, *simple.values()]


def compact_string(rule: PolicyRule) -> str:
    """A rule as the server's messages print it."""
    fields = (
        ("APIGroups", rule.api_groups),
        ("Resources", rule.resources),
        ("NonResourceURLs", rule.non_resource_urls),
        ("ResourceNames", rule.resource_names),
        ("Verbs", rule.verbs),
    )
    texts = (f"{name}:[{' '.join(map(quote, values))}]" for name, values in fields if values)
    return f"{{{', '.join(texts)}}}"

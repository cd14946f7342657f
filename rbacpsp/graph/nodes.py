"""Builds and parses the ids of the graph's nodes: stable, typed and unambiguous for any names of objects."""

from typing import NamedTuple

from rbacpsp.model import Subject
from rbacpsp.model.kinds import CLUSTER_SCOPED
from rbacpsp.model.request import SERVICE_ACCOUNT_PREFIX
from rbacpsp.rbac.index import split_user

RULE = "Rule"
OTHER = "OtherSubject"
"""A subject of an unknown kind, which matches nobody; its id has the kind in place of a namespace."""
POLICY = "PodSecurityPolicy"
CONSTRAINTS = "SecurityContextConstraints"

GLOBAL_KINDS = frozenset({"User", "Group", *CLUSTER_SCOPED})
"""The kinds whose ids have no namespace: everything after the colon is the name."""


class Node(NamedTuple):
    """The parts of a node's id."""

    kind: str
    namespace: str
    name: str
    rule: int = -1
    """The index of a rule in its role, to which kind, namespace and name then belong; -1 for other nodes."""


def node_id(kind: str, name: str, namespace: str = "") -> str:
    """The id of a node: `ServiceAccount:team-a/builder`, or `ClusterRole:view` for a kind without namespaces.

    A slash or a percent sign in a namespace, which no server accepts, is escaped, so that different objects
    never share an id.
    """
    if kind in GLOBAL_KINDS:
        return f"{kind}:{name}"
    if "/" in namespace or "%" in namespace:
        namespace = namespace.replace("%", "%25").replace("/", "%2F")
    return f"{kind}:{namespace}/{name}"


def policy_ids(name: str) -> tuple[str, str]:
    """The ids that a policy of this name has: as a PodSecurityPolicy, and as OpenShift's constraints."""
    return f"{POLICY}:{name}", f"{CONSTRAINTS}:{name}"


def rule_id(role: str, index: int) -> str:
    """The id of a rule: `Rule:0:ClusterRole:view` is the first of the role whose id is `ClusterRole:view`."""
    return f"{RULE}:{index}:{role}"


def parse_id(node: str) -> Node:
    """Read an id back; the reverse of `node_id` and `rule_id`.

    Raises:
        ValueError: It is not the id of a node.
    """
    kind, colon, path = node.partition(":")
    if kind == RULE:
        index, _, role = path.partition(":")
        if not index.isdecimal():
            raise ValueError(f'"{node}" is not a node: write a rule as Rule:INDEX:ROLE')
        return parse_id(role)._replace(rule=int(index))
    if colon and kind in GLOBAL_KINDS:
        return Node(kind, "", path)
    namespace, slash, name = path.partition("/")
    if not (kind and colon and slash):
        raise ValueError(f'"{node}" is not a node: write it as KIND:NAME or KIND:NAMESPACE/NAME')
    return Node(kind, namespace.replace("%2F", "/").replace("%25", "%"), name)


def user_id(name: str) -> str:
    """The node of a user's name; the user `system:serviceaccount:ns:name` is that service account."""
    account = split_user(name)
    return node_id("ServiceAccount", account.name, account.namespace) if account else f"User:{name}"


def account_id(namespace: str, name: str) -> str:
    """The node of a service account: that of the user whom the API server sees."""
    return user_id(f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}")


def subject_id(subject: Subject, scope: str = "") -> tuple[str, bool]:
    """The node of a subject of a binding, and whether any user can be that subject.

    Args:
        subject: As the binding writes it.
        scope: The namespace of a RoleBinding, which a service account without a namespace gets.

    Source: pkg/registry/rbac/validation/rule.go appliesToUser (1.24).
    """
    match subject.kind:
        case "User":
            return user_id(subject.name), True
        case "Group":
            return f"Group:{subject.name}", True
        case "ServiceAccount":
            namespace = subject.namespace or scope
            if namespace:
                return account_id(namespace, subject.name), True
            return node_id("ServiceAccount", subject.name), False
        case kind:
            return node_id(OTHER, subject.name, kind), False

"""Builds the graph of a cluster: a node for every object, an edge for every relation between two."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple, TypeAlias

import networkx as nx

from rbacpsp.catalog import CONTROLLERS, Account
from rbacpsp.graph.nodes import (
    CONSTRAINTS,
    POLICY,
    RULE,
    account_id,
    node_id,
    parse_id,
    rule_id,
    subject_id,
    user_id,
)
from rbacpsp.graph.workloads import account_of, creator_of
from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    Manifest,
    Namespace,
    Objects,
    PolicyRule,
    Request,
    Role,
    RoleBinding,
    RoleRef,
    ServiceAccount,
    User,
    psp,
    scc,
)
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    ALL_UNAUTHENTICATED,
    ANONYMOUS,
    MASTERS,
    service_account_groups,
)
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.rbac import rule_allows
from rbacpsp.rbac.role_refs import Roles
from rbacpsp.rbac.table import RoleRules

Graph: TypeAlias = "nx.MultiDiGraph[str]"

Assumable: TypeAlias = Role | ClusterRole | RoleBinding | ClusterRoleBinding | Namespace | ServiceAccount
"""The objects that Kubernetes creates for itself, so that missing ones are assumed."""

CATEGORIES: Mapping[str, str] = {
    "User": "subject",
    "Group": "subject",
    "ServiceAccount": "subject",
    "OtherSubject": "subject",
    "RoleBinding": "binding",
    "ClusterRoleBinding": "binding",
    "Role": "role",
    "ClusterRole": "role",
    "Rule": "rule",
    POLICY: "policy",
    CONSTRAINTS: "policy",
    "Namespace": "namespace",
}
"""The category of each kind; every other kind is a workload."""


class GraphBuilder:
    """Collects nodes and edges; each node is added once."""

    def __init__(self, controllers: Mapping[str, Account]) -> None:
        self.graph: Graph = nx.MultiDiGraph()
        self._controls: dict[str, list[str]] = {}
        for kind, account in sorted(controllers.items()):
            self._controls.setdefault(account_id(*account), []).append(kind)

    def node(self, node: str, kind: str, name: str, namespace: str = "", **more: Any) -> str:
        """Add a node unless it exists; it is not loaded unless `loaded` is passed."""
        if node not in self.graph:
            self.graph.add_node(
                node,
                kind=kind,
                category=CATEGORIES.get(kind, "workload"),
                name=name,
                namespace=namespace,
                loaded=False,
            )
            if namespace and CATEGORIES.get(kind) != "rule":
                self.edge(node, self.namespace(namespace), "in_namespace")
        if more:
            self.graph.nodes[node].update(more)
        return node

    def assumed(self, node: str, obj: Assumable) -> None:
        """Mark the node of an assumed object."""
        if obj.assumed:
            self.graph.nodes[node]["assumed"] = True

    def edge(self, source: str, target: str, relation: str, **more: Any) -> None:
        """Add an edge; one of the same relation between the two is replaced."""
        self.graph.add_edge(source, target, key=relation, relation=relation, **more)

    def namespace(self, name: str, **more: Any) -> str:
        """The node of a namespace."""
        return self.node(f"Namespace:{name}", "Namespace", name, **more)

    def subject(self, node: str) -> str:
        """The node of a user, group or service account, with the groups that the server adds it to."""
        if node in self.graph:
            return node
        kind, namespace, name, _ = parse_id(node)
        if kind == "ServiceAccount":
            self.node(node, kind, name, namespace, controls=tuple(self._controls.get(node, ())))
            groups: tuple[str, ...] = (
                (*service_account_groups(namespace), ALL_AUTHENTICATED) if namespace else ()
            )
        elif kind == "User":
            self.node(node, kind, name)
            groups = (ALL_UNAUTHENTICATED if name == ANONYMOUS else ALL_AUTHENTICATED,)
        else:
            self.node(node, kind, name, **({} if kind == "Group" else {"written_kind": namespace}))
            groups = ()
        for group in groups:
            self.edge(node, self.subject(f"Group:{group}"), "member_of")
        return node

    def user(self, user: User) -> str:
        """The node of a user who makes requests, with all its groups."""
        node = self.subject(user_id(user.name))
        for group in user.groups:
            self.edge(node, self.subject(f"Group:{group}"), "member_of")
        return node

    def controllers(self) -> None:
        """The service accounts that create the pods of workloads, loaded or not."""
        for node in self._controls:
            self.subject(node)

    def binding(self, binding: RoleBinding | ClusterRoleBinding, resolved: RoleRules) -> None:
        """Add a binding, its subjects and its role."""
        scope = binding.metadata.namespace if type(binding) is RoleBinding else ""
        node = node_id(binding.kind, binding.name, scope)
        self.node(node, binding.kind, binding.name, scope, loaded=True, scope=scope, error=resolved.error)
        self.assumed(node, binding)
        for binding_subject in dict.fromkeys(binding.subjects):
            subject, real = subject_id(binding_subject, scope)
            self.subject(subject)
            if real:
                self.edge(subject, node, "bound_by")
            else:
                self.edge(node, subject, "names_nobody")
        ref = binding.role_ref
        if ref.kind in {"Role", "ClusterRole"}:
            namespace = scope if ref.kind == "Role" else ""
            role = self.node(node_id(ref.kind, ref.name, namespace), ref.kind, ref.name, namespace)
            self.edge(node, role, "grants")

    def role(self, role: Role | ClusterRole, rules: RoleRules) -> None:
        """Add a role and its rules."""
        kind, namespace, name = role.kind, role.namespace, role.name
        node = self.node(
            node_id(kind, name, namespace), kind, name, namespace, loaded=True, computed=rules.computed
        )
        self.assumed(node, role)
        for index, rule in enumerate(rules.rules):
            self.node(
                rule_id(node, index),
                RULE,
                name,
                namespace,
                loaded=True,
                index=index,
                verbs=rule.verbs,
                api_groups=rule.api_groups,
                resources=rule.resources,
                resource_names=rule.resource_names,
                non_resource_urls=rule.non_resource_urls,
            )
            self.edge(node, rule_id(node, index), "has_rule")

    def policy(self, used: "UsablePolicyKind", name: str, **more: Any) -> str:
        """The node of a policy; the group `system:masters` may use every one."""
        node = self.node(node_id(used.kind, name), used.kind, name, **more)
        masters = self.subject(f"Group:{MASTERS}")
        self.edge(masters, node, "may_use", api_groups=used.groups, wildcard=True)
        return node

    def lists(self, constraint: SecurityContextConstraints) -> None:
        """Add the users and groups that constraints list themselves."""
        node = self.policy(CONSTRAINTS_USED, constraint.name, loaded=True)
        if constraint.assumed:
            self.graph.nodes[node]["assumed"] = True
        for subject in (*map(user_id, constraint.users), *(f"Group:{name}" for name in constraint.groups)):
            self.edge(self.subject(subject), node, "may_use", api_groups=(), wildcard=False)

    def workload(self, manifest: Manifest, creator: User | None) -> None:
        """Add a pod or a workload, the account its pods run as, and who creates them."""
        namespace = manifest.namespace or "default"
        node = node_id(manifest.kind, manifest.name, namespace)
        self.node(node, manifest.kind, manifest.name, namespace, loaded=True)
        self.edge(node, self.subject(account_id(namespace, account_of(manifest))), "runs_as")
        if creator:
            self.edge(node, self.user(creator), "created_by")


class UsablePolicyKind(NamedTuple):
    """A kind of policy whose `use` rules can allow."""

    kind: str
    resource: str
    groups: tuple[str, ...]

    def by(self, rule: PolicyRule, policy: str) -> tuple[str, ...]:
        """The API groups in which a rule allows the use of a policy; empty if it does not."""
        return tuple(
            group
            for group in self.groups
            if rule_allows(rule, Request("use", group=group, resource=self.resource, name=policy))
        )


POLICIES_USED = UsablePolicyKind(POLICY, "podsecuritypolicies", psp.GROUPS)
CONSTRAINTS_USED = UsablePolicyKind(CONSTRAINTS, scc.RESOURCE, (scc.GROUP,))


def build(
    objects: Objects,
    *,
    controllers: Mapping[str, Account] = CONTROLLERS,
    roles: Roles | None = None,
) -> Graph:
    """The authorization graph of all loaded objects; `rbacpsp.graph` describes it.

    Args:
        objects: The loaded objects.
        controllers: The service account that creates the pods of each kind of workload.
        roles: The roles by roleRef, if they were already computed.
    """
    roles = roles or Roles(objects)
    builder = GraphBuilder(controllers)
    for name, namespace_object in objects.namespaces.items():
        builder.assumed(builder.namespace(name, loaded=True), namespace_object)
    for (namespace, name), account in objects.service_accounts.items():
        node = builder.subject(account_id(namespace, name))
        builder.graph.nodes[node]["loaded"] = True
        builder.assumed(node, account)
    builder.controllers()
    for name, cluster_role in objects.cluster_roles.items():
        builder.role(cluster_role, roles.resolve(RoleRef(kind="ClusterRole", name=name), ""))
    for (namespace, name), role in objects.roles.items():
        builder.role(role, roles.resolve(RoleRef(kind="Role", name=name), namespace))
    for cluster_binding in objects.cluster_role_bindings.values():
        builder.binding(cluster_binding, roles.resolve(cluster_binding.role_ref, ""))
    for (namespace, _), binding in objects.role_bindings.items():
        builder.binding(binding, roles.resolve(binding.role_ref, namespace))
    for manifest in (*objects.workloads.values(), *objects.pods.values()):
        builder.workload(manifest, creator_of(manifest, controllers))
    for constraint in objects.constraints.values():
        builder.lists(constraint)
    for used, policies in ((POLICIES_USED, objects.policies), (CONSTRAINTS_USED, objects.constraints)):
        _add_policies(builder, used, policies.keys())
    return builder.graph


def _add_policies(builder: GraphBuilder, used: UsablePolicyKind, loaded_names: AbstractSet[str]) -> None:
    """Add the policies that were loaded or that a rule names, and the rules that allow their use."""
    rules = [
        (node, PolicyRule(**{field: data[field] for field in PolicyRule.__struct_fields__}))
        for node, data in builder.graph.nodes(data=True)
        if data["kind"] == RULE
    ]
    using = [
        (node, rule)
        for node, rule in rules
        if any(used.by(rule, name) for name in ("", *rule.resource_names))
    ]
    named_policies = {name for _, rule in using for name in rule.resource_names if used.by(rule, name)}
    for name in loaded_names:
        builder.policy(used, name, loaded=True)
    for name in sorted(named_policies - loaded_names):
        builder.policy(used, name)
    for node, rule in using:
        for name in sorted(named_policies | loaded_names):
            groups = used.by(rule, name)
            if groups:
                wildcard = name not in rule.resource_names
                builder.edge(node, node_id(used.kind, name), "may_use", api_groups=groups, wildcard=wildcard)

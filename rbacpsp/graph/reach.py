"""Finds the subjects and workloads in the graph that reach a policy, in which scopes, and by which paths."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import networkx as nx

from rbacpsp.graph.build import Graph
from rbacpsp.graph.nodes import policy_ids
from rbacpsp.model.request import ALL_AUTHENTICATED

Reach = dict[str, tuple[str, ...]]
"""Nodes, sorted, each with its scopes: namespaces, or `""` for everywhere."""

_AUTHENTICATED = f"Group:{ALL_AUTHENTICATED}"
_ALONG = ("member_of", "bound_by", "grants", "has_rule", "may_use", "created_by", "runs_as")


def who_reaches(graph: Graph, policy: str, namespace: str | None = None) -> Reach:
    """The subjects that may `use` a policy, each with the scopes of the bindings that let them.

    Args:
        graph: A graph of `build`, or a part of one.
        policy: The name of the policy or of constraints; one that was not loaded has no users here unless a
            rule names it.
        namespace: The namespace of the pod; `""` finds those that may use it everywhere, None those that may
            in at least one namespace.

    Returns:
        The same subjects as those of `Cluster.policy_users` and `Cluster.authorize`, as node ids.
    """
    reached: defaultdict[str, set[str]] = defaultdict(set)
    for direct, scope in _entries(graph, policy, namespace):
        reached[direct].add(scope)
        for member in _sources(graph, direct, "member_of"):
            reached[member].add(scope)
    return {node: tuple(sorted(reached[node])) for node in sorted(reached)}


def workloads_reaching(graph: Graph, policy: str) -> dict[str, str]:
    """The workloads whose pods may get a policy, each with the relation that allows it.

    The relation is `runs_as` if the service account of its pods may use the policy in the workload's
    namespace, or else `created_by` if the creator of the pods may. As in the admission plugin, the account is
    not in `system:authenticated`, which applies only to an account that makes requests itself.
    """
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for subject, scope in _entries(graph, policy, None):
        holders[scope].add(subject)
    reached: dict[str, str] = {}
    for node, data in graph.nodes(data=True):
        if data["category"] == "workload":
            holder_sets = (holders.get("", set()), holders.get(data["namespace"], set()))
            for relation, without in (("runs_as", _AUTHENTICATED), ("created_by", "")):
                checked_subjects = {
                    subject_id
                    for user_node in _targets(graph, node, relation)
                    for subject_id in (user_node, *_targets(graph, user_node, "member_of"))
                    if subject_id != without
                }
                if any(checked_subjects & holders_here for holders_here in holder_sets):
                    reached[node] = relation
                    break
    return dict(sorted(reached.items()))


def ways(graph: Graph, source: str, policy: str, namespace: str | None = None) -> list[tuple[str, ...]]:
    """Every path from a node to a policy, as node ids from first to last; the shortest first.

    Raises:
        KeyError: The graph has no such node.
    """
    ids = policy_ids(policy)
    target = next((policy_id for policy_id in ids if policy_id in graph), ids[0])
    for node in (source, target):
        if node not in graph:
            raise KeyError(node)
    plain = nx.DiGraph(
        (tail, head)
        for tail, head, data in in_scope(graph, namespace).edges(data=True)
        if data["relation"] in _ALONG
    )
    if source not in plain or target not in plain:
        return []
    paths = map(tuple, nx.all_simple_paths(plain, source, target))
    return sorted(paths, key=lambda path_nodes: (len(path_nodes), path_nodes))


def in_scope(graph: Graph, namespace: str | None) -> Graph:
    """The graph without the bindings that do not count in a namespace; None leaves it as it is."""
    if namespace is None:
        return graph
    return graph.subgraph(
        node for node, data in graph.nodes(data=True) if data.get("scope", "") in {"", namespace}
    )


def _entries(graph: Graph, policy: str, namespace: str | None) -> Iterator[tuple[str, str]]:
    """The starts of all paths to a policy, without memberships: the subjects of bindings, and the scopes."""
    for source in (
        source
        for target in policy_ids(policy)
        if target in graph
        for source in _sources(graph, target, "may_use")
    ):
        if graph.nodes[source]["category"] == "subject":
            yield source, ""
            continue
        for role in _sources(graph, source, "has_rule"):
            for binding in _sources(graph, role, "grants"):
                scope = graph.nodes[binding]["scope"]
                if namespace is None or scope in {"", namespace}:
                    yield from ((subject, scope) for subject in _sources(graph, binding, "bound_by"))


def _sources(graph: Graph, node: str, relation: str) -> Iterable[str]:
    return [source for source, _, key in graph.in_edges(node, keys=True) if key == relation]


def _targets(graph: Graph, node: str, relation: str) -> Iterable[str]:
    return [target for _, target, key in graph.out_edges(node, keys=True) if key == relation]

"""Selects parts of the graph, so that a picture stays readable; each is a new graph."""

from collections.abc import Iterable

import networkx as nx

from rbacpsp.graph.build import Graph
from rbacpsp.graph.nodes import node_id, policy_ids


def of_namespace(graph: Graph, namespace: str) -> Graph:
    """The part of a namespace: its bindings, those of the whole cluster, and all that they reach.

    Accounts of other namespaces are kept if such a binding names them, or if they create the pods of a
    workload here. In an unknown namespace only the bindings of the whole cluster count.
    """
    home = node_id("Namespace", namespace)
    seeds = {home} & graph.nodes
    elsewhere = set()
    for node, data in graph.nodes(data=True):
        category, local = data["category"], data["namespace"] == namespace
        if local or category == "policy" or (category == "binding" and data["scope"] == ""):
            seeds.add(node)
        elif category != "subject" and (data["namespace"] or category == "namespace") and node != home:
            elsewhere.add(node)
    subjects = {
        source
        for source, _, relation in graph.in_edges(seeds, keys=True)
        if relation in {"bound_by", "may_use"}
    }
    return _part(graph, _reachable(graph, seeds | (subjects - elsewhere), elsewhere))


def toward_policy(graph: Graph, policy: str) -> Graph:
    """Only the nodes from which a policy or constraints can be reached.

    Raises:
        KeyError: The graph has no such policy; the argument is the missing node.
    """
    ids = policy_ids(policy)
    known_ids = {policy_id for policy_id in ids if policy_id in graph}
    return _part(graph, _reachable(graph, known_ids or {_require_node(graph, ids[0])}, back=True))


def from_nodes(graph: Graph, nodes: Iterable[str]) -> Graph:
    """Some nodes and all that they reach: for a subject its groups, bindings, roles, rules and policies.

    Raises:
        KeyError: The graph has no such node; the argument is the missing node.
    """
    return _part(graph, _reachable(graph, {_require_node(graph, node) for node in nodes}))


def around(graph: Graph, node: str, hops: int) -> Graph:
    """The nodes within some edges of one, in any direction.

    Objects in the same namespace are not neighbors, unless the node is a namespace.

    Raises:
        KeyError: The graph has no such node; the argument is that node.
    """
    ring = {_require_node(graph, node)}
    nodes = set(ring)
    ignored_relation = "" if graph.nodes[node]["category"] == "namespace" else "in_namespace"
    for _ in range(hops):
        heads = {
            head for _, head, relation in graph.out_edges(ring, keys=True) if relation != ignored_relation
        }
        tails = {
            tail for tail, _, relation in graph.in_edges(ring, keys=True) if relation != ignored_relation
        }
        ring = (heads | tails) - nodes
        nodes |= ring
    return _part(graph, nodes)


def nearest(graph: Graph, seeds: Iterable[str], most: int) -> Graph:
    """The nodes nearest to some, in any direction of edges; equally near ones in the order of their ids.

    Args:
        graph: The graph.
        seeds: Where to start; nodes that the graph does not have are ignored.
        most: How many nodes to keep.
    """
    ring = sorted({seed for seed in seeds if seed in graph} or graph)
    nodes: dict[str, None] = {}
    seen = set(ring)
    while ring and len(nodes) < most:
        nodes.update(dict.fromkeys(ring[: most - len(nodes)]))
        ring = sorted({near for node in ring for near in nx.all_neighbors(graph, node)} - seen)
        seen.update(ring)
    return _part(graph, set(nodes))


def _require_node(graph: Graph, node: str) -> str:
    if node not in graph:
        raise KeyError(node)
    return node


def _reachable(
    graph: Graph, seeds: set[str], without: set[str] | frozenset[str] = frozenset(), *, back: bool = False
) -> set[str]:
    """The seeds and everything that they reach; with `back`, everything that reaches them."""
    neighbors = graph.predecessors if back else graph.successors
    nodes = set(seeds)
    waiting = list(seeds)
    while waiting:
        for other in neighbors(waiting.pop()):
            if other not in nodes and other not in without:
                nodes.add(other)
                waiting.append(other)
    return nodes


def _part(graph: Graph, nodes: set[str]) -> Graph:
    return graph.subgraph(nodes).copy()

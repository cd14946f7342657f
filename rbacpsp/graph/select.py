"""Parts of the graph, so that a picture stays readable. Each is a new graph; the given one is left alone."""

from collections.abc import Iterable

import networkx as nx

from rbacpsp.graph.build import Graph
from rbacpsp.graph.nodes import node_id, policy_ids


def of_namespace(graph: Graph, namespace: str) -> Graph:
    """What counts in a namespace: the bindings of it and of the whole cluster, and all that these lead to.

    Accounts of other namespaces stay where such a binding names them, or where they create the pods of a
    workload here. In a namespace that the graph does not know, what holds everywhere counts nevertheless.
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
    return _part(graph, _followed(graph, seeds | (subjects - elsewhere), elsewhere))


def toward_policy(graph: Graph, policy: str) -> Graph:
    """All that leads to a policy or to constraints, and nothing else.

    Raises:
        KeyError: The graph has no such policy; the argument is the node that is not there.
    """
    ids = policy_ids(policy)
    there = {each for each in ids if each in graph}
    return _part(graph, _followed(graph, there or {_known(graph, ids[0])}, back=True))


def from_nodes(graph: Graph, nodes: Iterable[str]) -> Graph:
    """The given nodes and all that they reach: of a subject its groups, bindings, roles, rules and policies.

    Raises:
        KeyError: The graph has no such node; the argument is the node that is not there.
    """
    return _part(graph, _followed(graph, {_known(graph, node) for node in nodes}))


def around(graph: Graph, node: str, hops: int) -> Graph:
    """The nodes within some steps of one, whichever way the edges point.

    Being in one namespace makes no neighbors, unless it is a namespace whose neighbors are asked for.

    Raises:
        KeyError: The graph has no such node; the argument is that node.
    """
    ring = {_known(graph, node)}
    kept = set(ring)
    aside = "" if graph.nodes[node]["category"] == "namespace" else "in_namespace"
    for _ in range(hops):
        heads = {head for _, head, relation in graph.out_edges(ring, keys=True) if relation != aside}
        tails = {tail for tail, _, relation in graph.in_edges(ring, keys=True) if relation != aside}
        ring = (heads | tails) - kept
        kept |= ring
    return _part(graph, kept)


def nearest(graph: Graph, seeds: Iterable[str], most: int) -> Graph:
    """The nodes nearest to some, whichever way the edges point; those that are as near in the order of ids.

    Args:
        graph: The graph.
        seeds: Where to start; what the graph lacks of them does not count.
        most: How many nodes to keep.
    """
    ring = sorted({seed for seed in seeds if seed in graph} or graph)
    kept: dict[str, None] = {}
    seen = set(ring)
    while ring and len(kept) < most:
        kept.update(dict.fromkeys(ring[: most - len(kept)]))
        ring = sorted({near for node in ring for near in nx.all_neighbors(graph, node)} - seen)
        seen.update(ring)
    return _part(graph, set(kept))


def _known(graph: Graph, node: str) -> str:
    if node not in graph:
        raise KeyError(node)
    return node


def _followed(
    graph: Graph, seeds: set[str], without: set[str] | frozenset[str] = frozenset(), *, back: bool = False
) -> set[str]:
    """The seeds and everything that follows from them, or with `back` leads to them."""
    neighbors = graph.predecessors if back else graph.successors
    kept = set(seeds)
    waiting = list(seeds)
    while waiting:
        for other in neighbors(waiting.pop()):
            if other not in kept and other not in without:
                kept.add(other)
                waiting.append(other)
    return kept


def _part(graph: Graph, nodes: set[str]) -> Graph:
    return graph.subgraph(nodes).copy()

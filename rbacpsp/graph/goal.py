"""Builds a graph of the subjects that reach a goal: each with its action, the grant, and the next place."""

from typing import TYPE_CHECKING

import networkx as nx

from rbacpsp.audit.change import object_words
from rbacpsp.graph.build import Graph
from rbacpsp.graph.nodes import node_id
from rbacpsp.paths import Paths
from rbacpsp.paths.path import Path
from rbacpsp.paths.place import IDENTITIES, Place

if TYPE_CHECKING:
    from rbacpsp.paths.path import PathStep


def toward_goal(paths: Paths, goal: Place, *, own: bool = False) -> Graph:
    """The shortest path of every subject to a goal, as `Paths.to` finds it, in one graph.

    Its nodes are of the categories `subject` and `place` (anything else that is reached). Their attribute
    `layer` is the column in which they are drawn, the goal in the last. Their attribute `said` describes the
    next action: its title, the permission that it needs, and the binding that grants it. Each node but the
    goal has one edge: `reaches`, or `is_one_of` for a step without an action.

    Args:
        paths: The paths of a cluster.
        goal: The goal.
        own: Whether to include the paths of Kubernetes' own components.
    """
    graph: Graph = nx.MultiDiGraph()
    for path in paths.to(goal):
        if own or not path.kubernetes_own:
            for step in path.steps:
                _add_step(graph, step)
    _set_layers(graph)
    return graph


def toward_path(path: Path) -> Graph:
    """One path as a graph with the nodes and edges of `toward_goal`."""
    graph: Graph = nx.MultiDiGraph()
    for step in path.steps:
        _add_step(graph, step)
    _set_layers(graph)
    return graph


def _add_step(graph: Graph, step: "PathStep") -> None:
    source, target = _add_node(graph, step.source), _add_node(graph, step.target)
    if step.technique.cost == 0:
        graph.add_edge(source, target, key="is_one_of", relation="is_one_of")
        return
    through = object_words(step.grant.binding) if step.grant else step.because
    graph.nodes[source]["said"] = tuple(filter(None, (step.technique.title, step.permission, through)))
    graph.add_edge(source, target, key="reaches", relation="reaches", how=step.technique.name)


def _add_node(graph: Graph, place: Place) -> str:
    identity = place.kind in IDENTITIES
    node = node_id(place.kind, place.name, place.namespace) if identity else f"Place:{place.words}"
    if node not in graph:
        graph.add_node(
            node,
            kind=place.kind if identity else "Place",
            category="subject" if identity else "place",
            name=place.name if identity else place.words,
            namespace=place.namespace if identity else "",
            loaded=True,
            said=(),
        )
    return node


def _set_layers(graph: Graph) -> None:
    """Set the layer of each node; the shortest paths to a goal form a tree."""
    distance_of: dict[str, int] = {}
    waiting = [node for node in graph if not graph.out_degree(node)]
    distance_of.update(dict.fromkeys(waiting, 0))
    while waiting:
        node = waiting.pop()
        for predecessor in graph.predecessors(node):
            if predecessor not in distance_of:
                distance_of[predecessor] = distance_of[node] + 1
                waiting.append(predecessor)
    last = max(distance_of.values(), default=0)
    for node, steps in distance_of.items():
        graph.nodes[node]["layer"] = last - steps

"""`graph -o json`: nodes and edges with all their attributes."""

from typing import TYPE_CHECKING

from rbacpsp.report.answer import API_VERSION
from rbacpsp.report.json import encode

if TYPE_CHECKING:
    import networkx as nx


def render(graph: "nx.MultiDiGraph[str]") -> str:
    """One object: `nodes` by id, and `edges` by source, target and relation; lists stay lists."""
    nodes = [{"id": node, **graph.nodes[node]} for node in sorted(graph)]
    edges = [
        {"source": tail, "target": head, **graph.edges[tail, head, relation]}
        for tail, head, relation in sorted(graph.edges(keys=True))
    ]
    return encode({"apiVersion": API_VERSION, "kind": "Graph", "nodes": nodes, "edges": edges})

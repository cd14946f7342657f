"""The authorization graph as a picture (SVG, HTML), dot, GraphML, Mermaid or JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rbacpsp.report.answer import API_VERSION

if TYPE_CHECKING:
    import networkx as nx

FORMATS = ("dot", "svg", "html", "graphml", "mermaid", "json")
"""The formats of `rbacpsp graph -o`, in the order in which they are documented."""


@dataclass(frozen=True, slots=True)
class GraphReport:
    """A graph, for the formats that show graphs. The same graph gives the same text."""

    graph: "nx.MultiDiGraph[str]"

    def drawn(self) -> "nx.MultiDiGraph[str]":
        """The graph."""
        return self.graph

    def page(self) -> Iterator[str]:
        """The picture as an HTML page."""
        from rbacpsp.report.graph.drawing import draw
        from rbacpsp.report.graph.page import stream

        return stream(draw(self.graph))

    def document(self) -> dict[str, Any]:
        """`nodes` by id, and `edges` by source, target and relation, with all their attributes."""
        graph = self.graph
        nodes = [{"id": node, **graph.nodes[node]} for node in sorted(graph)]
        edges = [
            {"source": tail, "target": head, **graph.edges[tail, head, relation]}
            for tail, head, relation in sorted(graph.edges(keys=True))
        ]
        return {"apiVersion": API_VERSION, "kind": "Graph", "nodes": nodes, "edges": edges}


def render(graph: "nx.MultiDiGraph[str]", form: str) -> str:
    """A graph in one of `FORMATS`, with its last newline; for notebooks, which show it.

    Raises:
        KeyError: There is no such format.
        TypeError: The format cannot show a graph.
    """
    from rbacpsp.report import formats

    return formats.render(GraphReport(graph), form)

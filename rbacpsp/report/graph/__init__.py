"""The authorization graph as dot, GraphML, Mermaid or JSON; one format a module, each a pure function."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

FORMATS = ("dot", "graphml", "mermaid", "json")
"""What `rbacpsp graph -o` takes, in the order it is documented."""


def render(graph: "nx.MultiDiGraph[str]", form: str) -> str:
    """The graph in a format, its last newline included. The same graph gives the same text.

    Raises:
        KeyError: There is no such format.
    """
    if form not in FORMATS:
        raise KeyError(form)
    text: str = import_module(f"rbacpsp.report.graph.{form}").render(graph)
    return text

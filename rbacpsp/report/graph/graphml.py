"""`graph -o graphml`: what Gephi, yEd, Cytoscape and networkx read."""

from collections.abc import Iterator, Mapping
from typing import Any

from rbacpsp.report.escape import line
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Drawn


def write(answer: Drawn, _headers: bool) -> Iterator[str]:
    """The graph as GraphML with all its attributes; the items of a list are joined by `, `.

    The nodes are numbered (`n0`, ...), and their id in the graph is the attribute `node`. Characters that XML
    forbids are escaped.
    """
    import networkx as nx

    graph = answer.drawn()
    keys = {node: f"n{index}" for index, node in enumerate(sorted(graph))}
    plain: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node, key in keys.items():
        plain.add_node(key, node=line(node), label=line(node), **_plain(graph.nodes[node]))
    for tail, head, relation in sorted(graph.edges(keys=True)):
        plain.add_edge(keys[tail], keys[head], key=relation, **_plain(graph.edges[tail, head, relation]))
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    for text in nx.generate_graphml(plain):
        yield f"{text}\n"


def _plain(data: Mapping[str, Any]) -> dict[str, str | int | bool]:
    return {name: _value(value) for name, value in sorted(data.items())}


def _value(value: Any) -> str | int | bool:
    if isinstance(value, tuple):
        return ", ".join(map(line, value))
    return line(value) if isinstance(value, str) else value


FORMAT = Format("graphml", ((Drawn, write),))

"""`graph -o mermaid`: a flowchart that Markdown pages and Jupyter show."""

from collections.abc import Iterable, Iterator

from rbacpsp.report.format import Format
from rbacpsp.report.graph.drawing import LOOKS, DrawnEdge, DrawnNode, draw
from rbacpsp.report.protocols import Drawn

_PLAIN = frozenset(" .,:/-_")
_ARROWS = {
    "member_of": "-.->",
    "created_by": "-.->",
    "names_nobody": "-.->",
    "in_namespace": "-.->",
    "may_use": "==>",
}


def write(answer: Drawn, _headers: bool) -> Iterator[str]:
    """The graph as a Mermaid flowchart, left to right; colors and shapes distinguish the kinds."""
    drawing = draw(answer.drawn())
    classes = [f"classDef {look} fill:{LOOKS[look].fill},stroke:#555,color:#000" for look in drawing.looks]
    missing = ",".join(node.key for node in drawing.nodes if not node.known)
    dashes = ["classDef missing stroke-dasharray:4 3", f"class {missing} missing"] if missing else []
    body = (*map(_node, drawing.nodes), *map(_edge, drawing.edges), *classes, *dashes)
    yield "flowchart LR\n"
    for text in body:
        yield f"  {text}\n"


def _node(node: DrawnNode) -> str:
    opening, closing = LOOKS[node.look].brackets
    return f"{node.key}{opening}{quoted(node.lines)}{closing}:::{node.look}"


def _edge(edge: DrawnEdge) -> str:
    text = f"|{quoted([edge.text])}|" if edge.text else ""
    return f"{edge.source} {_ARROWS.get(edge.relation, '-->')}{text} {edge.target}"


def quoted(lines: Iterable[str]) -> str:
    """A label of some lines: characters with a meaning in Mermaid, Markdown or HTML become their numbers."""
    return '"' + "<br/>".join("".join(map(_sign, line)) for line in lines) + '"'


def _sign(char: str) -> str:
    return char if char.isalnum() or char in _PLAIN else f"#{ord(char)};"


FORMAT = Format("mermaid", ((Drawn, write),))

"""`graph -o dot`: the language of Graphviz.

```console
$ rbacpsp graph -o dot --policy 100-psp -f sample_clusters/psp-by-example | dot -Tsvg -o graph.svg
```
"""

from collections.abc import Iterable, Iterator

from rbacpsp.report.escape import line
from rbacpsp.report.format import Format
from rbacpsp.report.graph.drawing import LOOKS, DrawnEdge, DrawnNode, draw
from rbacpsp.report.protocols import Drawn

_HEAD = """digraph authorization {
  graph [rankdir=LR, fontname="Helvetica", nodesep=0.25, ranksep=0.6, tooltip="authorization"];
  node [fontname="Helvetica", fontsize=11, style=filled, color="#555555", margin="0.12,0.06"];
  edge [fontname="Helvetica", fontsize=9, color="#777777", fontcolor="#555555", arrowsize=0.7];
"""
_MORE = {"Group": ", peripheries=2", "binding": ', margin="0.2,0.12"'}
_EDGES = {
    "may_use": 'color="#b85450", penwidth=1.6',
    "member_of": 'style=dashed, color="#6c8ebf"',
    "runs_as": 'color="#82b366"',
    "created_by": 'color="#82b366", style=dashed',
    "names_nobody": "style=dotted",
    "in_namespace": "style=dotted",
}


def write(answer: Drawn, _headers: bool) -> Iterator[str]:
    """The graph for Graphviz, left to right, with a legend of the kinds that occur."""
    drawing = draw(answer.drawn())
    yield _HEAD
    for text in (*map(_node, drawing.nodes), *map(_edge, drawing.edges)):
        yield f"  {text};\n"
    yield from _legend(drawing.looks, dashed=not all(node.known for node in drawing.nodes))
    yield "}\n"


def _node(node: DrawnNode) -> str:
    look = LOOKS[node.look]
    style = _style(node.look, dashed=not node.known)
    label = quoted(node.lines)
    tip = quoted([line(node.node)])
    return f'{node.key} [label={label}, tooltip={tip}, shape={look.shape}, fillcolor="{look.fill}"{style}]'


def _style(look: str, *, dashed: bool) -> str:
    styles = ["filled", *(["rounded"] if look == "ServiceAccount" else []), *(["dashed"] if dashed else [])]
    style = f', style="{",".join(styles)}"' if len(styles) > 1 else ""
    return style + _MORE.get(look, "")


def _edge(edge: DrawnEdge) -> str:
    attributes = [_EDGES.get(edge.relation, ""), f"label={quoted([edge.text])}" if edge.text else ""]
    text = ", ".join(filter(None, attributes))
    return f"{edge.source} -> {edge.target}" + (f" [{text}]" if text else "")


def quoted(lines: Iterable[str]) -> str:
    r"""A label of some lines, without escapes such as `\N`, entities or the end of the text."""
    return (
        '"'
        + r"\n".join(
            line_text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line_text in lines
        )
        + '"'
    )


def _legend(looks: Iterable[str], *, dashed: bool) -> Iterator[str]:
    yield '  subgraph cluster_legend {\n    label="legend"; fontsize=11; color="#bbbbbb"; style=rounded;\n'
    rows = [(look, LOOKS[look].title, False) for look in looks]
    if dashed:
        rows.append(("role", "dashed: missing", True))
    keys = [f"legend{index}" for index in range(len(rows))]
    for key, (name, title, missing) in zip(keys, rows, strict=True):
        look = LOOKS[name]
        style = _style(name, dashed=missing)
        fill = "#ffffff" if missing else look.fill
        yield (f'    {key} [label="{title}", shape={look.shape}, fillcolor="{fill}"{style}, fontsize=9];\n')
    yield "  }\n"


FORMAT = Format("dot", ((Drawn, write),))

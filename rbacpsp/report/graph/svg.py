"""`graph -o svg`: a picture that every browser shows and prints, laid out without Graphviz."""

from collections.abc import Iterator
from html import escape
from math import floor
from typing import NamedTuple

from rbacpsp.report.escape import cell
from rbacpsp.report.format import Format
from rbacpsp.report.graph.drawing import LOOKS, Drawing, DrawnNode, draw
from rbacpsp.report.graph.layout import BETWEEN, LINE, MARGIN, Box, Placed, layout
from rbacpsp.report.protocols import Drawn

LONGEST = 30
"""The most characters of a line: a longer name gets two lines, and is cut in the middle if it needs more."""
_BREAKS = frozenset(":/.@_ -")
_LAYERS = {
    "workload": 0,
    "User": 1,
    "ServiceAccount": 1,
    "OtherSubject": 1,
    "Group": 2,
    "binding": 3,
    "role": 4,
    "rule": 5,
    "policy": 6,
    "namespace": 7,
}
_BARS = {
    "workload": "#1c6b45",
    "User": "#2f4fc4",
    "ServiceAccount": "#2f4fc4",
    "OtherSubject": "#8c97a9",
    "Group": "#0b6e78",
    "binding": "#b8860b",
    "role": "#6a3fa0",
    "rule": "#56627a",
    "policy": "#b3122a",
    "namespace": "#8c97a9",
    "place": "#b3122a",
}
STYLE = (
    "text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#16202e}"
    ".head{font-weight:600}.line{fill:#56627a}.box{fill:#fff;stroke:#c9d0db}.missing{stroke-dasharray:4 3}"
    ".edge{fill:none;stroke:#8c97a9;stroke-width:1.3}.said{fill:#56627a;font-size:11px}"
)
"""The style sheet inside the picture."""
LEGEND = 34


class Label(NamedTuple):
    """The lines of a box: the name of the object, then details."""

    head: tuple[str, ...]
    details: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines."""
        return (*self.head, *self.details)


def write(answer: Drawn, _headers: bool) -> Iterator[str]:
    """The graph as an SVG file."""
    return picture(draw(answer.drawn()))


def picture(drawing: Drawing) -> Iterator[str]:
    """A drawing as an SVG element with a legend, in chunks; it loads nothing."""
    labels = [_label(node) for node in drawing.nodes]
    numbers = {node.key: index for index, node in enumerate(drawing.nodes)}
    ends = [(numbers[edge.source], numbers[edge.target]) for edge in drawing.edges]
    boxes = [Box(layer_of(node), label.lines) for node, label in zip(drawing.nodes, labels, strict=True)]
    placed = layout(boxes, ends)
    width, height = max(placed.width, _legend_width(drawing)), placed.height + LEGEND
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_number(width)} {_number(height)}" '
        f'width="{_number(width)}" height="{_number(height)}" role="img" aria-label="Who reaches what">\n'
        f"<style>{STYLE}</style>\n"
        f'<rect width="{_number(width)}" height="{_number(height)}" fill="#f5f7fa"/>\n'
    )
    for edge, (tail, head) in zip(drawing.edges, ends, strict=True):
        yield from _edge(placed.boxes[tail], placed.boxes[head], edge.text)
    for node, label, box in zip(drawing.nodes, labels, placed.boxes, strict=True):
        yield _node(node, label, box)
    yield from _legend(drawing, placed.height)
    yield "</svg>\n"


def layer_of(node: DrawnNode) -> int:
    """The column in which a node is drawn."""
    return _LAYERS.get(node.look, 0) if node.layer is None else node.layer


def _label(node: DrawnNode) -> Label:
    """A label with the name of the object first and its kind below."""
    if node.look in {"rule", "place"} or len(node.lines) == 1:
        first, others = node.lines[0], node.lines[1:]
    else:
        first, others = node.lines[1], (node.lines[0], *node.lines[2:])
    return Label(_heading(first), tuple(map(_short, others)))


def _short(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    half = (LONGEST - 2) // 2
    return f"{text[:half]}…{text[-half:]}"


def _heading(text: str) -> tuple[str, ...]:
    if len(text) <= LONGEST:
        return (text,)
    breaks = [
        index + 1
        for index, char in enumerate(text[:-1])
        if char in _BREAKS and index < LONGEST and len(text) - index - 1 <= LONGEST
    ]
    if not breaks:
        return (_short(text),)
    split = min(breaks, key=lambda index: abs(index - len(text) / 2))
    return (text[:split].rstrip(), text[split:])


def _node(node: DrawnNode, label: Label, box: Placed) -> str:
    texts = "".join(
        f'<text class="{"head" if row < len(label.head) else "line"}" x="15" y="{20 + row * LINE}">'
        f"{_text(line)}</text>"
        for row, line in enumerate(label.lines)
    )
    missing = "" if node.known else " missing"
    return (
        f'<g transform="translate({_number(box.x)} {_number(box.y)})"><title>{_text(cell(node.node))}</title>'
        f'<rect class="box{missing}" width="{_number(box.width)}" height="{_number(box.height)}" rx="8"/>'
        f'<rect x="5" y="6" width="4" height="{_number(box.height - 12)}" rx="2" fill="{_BARS[node.look]}"/>'
        f"{texts}</g>\n"
    )


def _edge(tail: Placed, head: Placed, text: str) -> Iterator[str]:
    x, y = tail.x + tail.width, tail.y + tail.height / 2
    end_y = head.y + head.height / 2
    if head.x > tail.x:
        end_x = head.x
        bend = (end_x - x) / 2
        curve = (x + bend, y, end_x - bend, end_y)
    else:
        end_x = head.x + head.width
        out = max(x, end_x) + 40
        curve = (out, y, out, end_y)
    numbers = " ".join(map(_number, (*curve, end_x, end_y)))
    yield f'<path class="edge" d="M{_number(x)} {_number(y)}C{numbers}"/>\n'
    if text and end_x - x >= len(text) * 6:
        text_x, text_y = _number((x + end_x) / 2), _number((y + end_y) / 2 - 4)
        yield f'<text class="said" text-anchor="middle" x="{text_x}" y="{text_y}">{_text(text)}</text>\n'


def _legend(drawing: Drawing, top: float) -> Iterator[str]:
    x: float = MARGIN
    for look in drawing.looks:
        title, bar = _title(look), _BARS[look]
        yield (
            f'<rect x="{_number(x)}" y="{_number(top + 4)}" width="9" height="9" rx="2" fill="{bar}"/>'
            f'<text class="said" x="{_number(x + 15)}" y="{_number(top + 12)}">{_text(title)}</text>\n'
        )
        x += _entry(title)


def _legend_width(drawing: Drawing) -> float:
    return MARGIN + sum(_entry(_title(look)) for look in drawing.looks)


def _title(look: str) -> str:
    """The text of the legend, without the explanation of dot's dashed edges."""
    return LOOKS[look].title.partition(" (")[0]


def _entry(title: str) -> float:
    return 15 + len(title) * 6.6 + BETWEEN / 2


def _text(text: str) -> str:
    """A text for XML, between tags; characters that XML forbids are escaped."""
    return escape(text.encode("utf-8", "backslashreplace").decode(), quote=True)


def _number(value: float) -> str:
    tenths = floor(value * 10 + 0.5)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths / 10:.1f}"


FORMAT = Format("svg", ((Drawn, write),))

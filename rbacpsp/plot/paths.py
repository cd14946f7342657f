"""Draws a path, and the neighborhood of a node, in the layered layout of the other pictures."""

from typing import TYPE_CHECKING

from rbacpsp.graph import Graph, nearest, parse_id, subject_id, toward_path
from rbacpsp.model import Subject
from rbacpsp.model.argument_types import said
from rbacpsp.model.name_mapping import unknown
from rbacpsp.model.similar_names import likeliest
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths.place import IDENTITIES, Place, parse_place, subject_place
from rbacpsp.plot.axes import axes, short
from rbacpsp.plot.source import Plotted
from rbacpsp.report.escape import cell
from rbacpsp.report.graph.drawing import LOOKS, Drawing, draw
from rbacpsp.report.graph.layout import Box, Placed, layout
from rbacpsp.report.graph.svg import layer_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GOALS = ("cluster-admin", "node", "secrets")
"""Goals of paths that are not subjects."""
_INCH = 85.0
"""Units of the layout per inch."""


def path(
    cluster: Plotted, start: str | Subject | Place, goal: str | Subject | Place, *, ax: "Axes | None"
) -> "Axes":
    """The shortest path from a subject to a goal."""
    ends = _path_end(cluster, start), _path_end(cluster, goal)
    shortest = cluster.paths().between(*ends)
    if shortest is None:
        raise ValueError(f"{ends[0].words} does not reach {ends[1].words}: there is no path to plot")
    action_words = f"{shortest.length} action{'' if shortest.length == 1 else 's'}"
    title = f"{shortest.start.words} to {shortest.goal.words}: {action_words}"
    return _picture(draw(toward_path(shortest)), ax, title)


def _path_end(cluster: Plotted, target: str | Subject | Place) -> Place:
    """The place that a text or a subject names.

    Raises:
        ValueError: Not a goal, or an unknown subject; the message names similar ones.
    """
    if isinstance(target, Place):
        return target
    if isinstance(target, Subject):
        return subject_place(target)
    parsed = parse_place(target)
    known = parsed.kind not in IDENTITIES or parsed.words in cluster.subjects
    if not known and cluster.paths().graph.find(parsed) is None:
        raise ValueError(unknown("subject or goal", target, [*_GOALS, *cluster.subjects]))
    return parsed


def neighborhood(
    cluster: Plotted, node: str | Subject, *, hops: int, limit: int, ax: "Axes | None"
) -> "Axes":
    """Draw the neighborhood of a node of the graph."""
    graph = cluster.graph()
    name = _node(cluster, node)
    if name not in graph:
        raise ValueError(_unknown(cluster, node, list(graph)))
    neighbors = graph.subgraph(_within(graph, name, hops, back=False) | _within(graph, name, hops, back=True))
    drawn_nodes = nearest(neighbors, [name], max(limit, 1))
    omitted = (
        f" (the nearest {len(drawn_nodes)} of {len(neighbors)})" if len(drawn_nodes) < len(neighbors) else ""
    )
    known = parse_id(name)
    namespace_words = f"{known.namespace}/" if known.namespace else ""
    return _picture(
        draw(drawn_nodes), ax, f"Around {known.kind} {namespace_words}{known.name}{omitted}", name
    )


def _within(graph: Graph, start: str, hops: int, *, back: bool) -> set[str]:
    """The nodes within some edges of a node, all along or all against the direction of the edges.

    So other members of a group and objects of the same namespace are not neighbors.
    """
    ring, seen = {start}, {start}
    for _ in range(max(hops, 1)):
        edges = graph.in_edges(ring, keys=True) if back else graph.out_edges(ring, keys=True)
        ring = {tail if back else head for tail, head, relation in edges if relation != "in_namespace"} - seen
        seen |= ring
    return seen


def _node(cluster: Plotted, target: str | Subject) -> str:
    if isinstance(target, Subject):
        return subject_id(target)[0]
    return subject_id(cluster.subjects[target])[0] if target in cluster.subjects else target


def _unknown(cluster: Plotted, target: str | Subject, nodes: list[str]) -> str:
    text = subject_text(target) if isinstance(target, Subject) else target
    near = likeliest(text, cluster.subjects) or likeliest(text, nodes)
    if near:
        return f"the graph has no node {said(text)}; did you mean {' or '.join(map(said, near))}?"
    if not nodes:
        return f"the graph has no node {said(text)}: it is empty"
    return (
        f"the graph has no node {said(text)}: write a subject such as User/alice, or a node's id such as "
        "ClusterRole:view"
    )


def _picture(drawing: Drawing, ax: "Axes | None", title: str, center: str = "") -> "Axes":
    """A drawing on axes; its boxes and arrows are those of `rbacpsp graph -o svg`."""
    from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch

    numbers = {node.key: index for index, node in enumerate(drawing.nodes)}
    ends = [(numbers[edge.source], numbers[edge.target]) for edge in drawing.edges]
    boxes = [Box(layer_of(node), tuple(map(_line, node.lines))) for node in drawing.nodes]
    placed = layout(boxes, ends)
    plot_axes = axes(ax, placed.width / _INCH, placed.height / _INCH + 1.0)
    for edge, (tail, head) in zip(drawing.edges, ends, strict=True):
        source_box, target_box = placed.boxes[tail], placed.boxes[head]
        forward = target_box.x > source_box.x
        arrow = FancyArrowPatch(
            (source_box.x + source_box.width, _middle(source_box)),
            (target_box.x if forward else target_box.x + target_box.width, _middle(target_box)),
            arrowstyle="-|>",
            mutation_scale=10,
            color="#5a6472",
            connectionstyle="arc3" if forward else "arc3,rad=0.4",
            shrinkA=0,
            shrinkB=0,
        )
        arrow.set_gid(cell(f"{drawing.nodes[tail].node} {edge.relation} {drawing.nodes[head].node}"))
        plot_axes.add_patch(arrow)
    for node, box, placed_box in zip(drawing.nodes, boxes, placed.boxes, strict=True):
        patch = FancyBboxPatch(
            (placed_box.x, placed_box.y),
            placed_box.width,
            placed_box.height,
            boxstyle="round,pad=0,rounding_size=6",
            facecolor=LOOKS[node.look].fill,
            edgecolor="#16202e" if node.node == center else "#5a6472",
            linewidth=2.2 if node.node == center else 0.8,
            linestyle="solid" if node.known else "dashed",
        )
        patch.set_gid(cell(node.node))  # what an SVG has as an id
        plot_axes.add_patch(patch)
        plot_axes.text(
            placed_box.x + placed_box.width / 2,
            _middle(placed_box),
            "\n".join(box.lines),
            ha="center",
            va="center",
            fontsize=7.5,
            color="#16202e",
            parse_math=False,
        )
    plot_axes.set(xlim=(0, placed.width), ylim=(placed.height, 0), xticks=[], yticks=[])
    plot_axes.set_xlabel("from who has it to what it is")
    plot_axes.set_title(short(title, 90), parse_math=False, loc="left")
    keys = [Patch(facecolor=LOOKS[look].fill, edgecolor="gray", label=_title(look)) for look in drawing.looks]
    plot_axes.legend(handles=keys, loc="upper left", bbox_to_anchor=(0, -0.06), ncols=4, frameon=False)
    return plot_axes


def _line(text: str) -> str:
    return short(text, 40)


def _title(look: str) -> str:
    return LOOKS[look].title.partition(" (")[0]


def _middle(box: Placed) -> float:
    return box.y + box.height / 2

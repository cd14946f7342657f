"""What is drawn of a graph, whatever the format: numbered nodes with a few short lines, and labeled edges.

The ids in a picture are of our own making: the names of a cluster are text in labels, made harmless first.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from rbacpsp.report.escape import cell

if TYPE_CHECKING:
    import networkx as nx

LONGEST = 48
"""A longer name is cut in the middle, so that both ends can be read; a longer list at its end."""

_TEXTS = {
    "may_use": "",
    "bound_by": "",
    "grants": "",
    "has_rule": "",
    "member_of": "",
    "runs_as": "runs as",
    "created_by": "created by",
    "names_nobody": "nobody is",
    "in_namespace": "",
    "reaches": "",
    "is_one_of": "is one of",
}


class Look(NamedTuple):
    """How a kind of node is drawn."""

    title: str
    """What the legend says."""
    fill: str
    shape: str
    """Of Graphviz."""
    brackets: tuple[str, str]
    """Around a label of Mermaid."""


LOOKS = {
    "workload": Look("workload", "#d5e8d4", "box3d", ("[/", "\\]")),
    "User": Look("user", "#dae8fc", "ellipse", ("([", "])")),
    "ServiceAccount": Look("service account", "#b8d4f5", "box", ("(", ")")),
    "Group": Look("group (dashed: who is in it)", "#cfe7ea", "ellipse", ("{{", "}}")),
    "OtherSubject": Look("nobody", "#eeeeee", "ellipse", ("([", "])")),
    "binding": Look("binding, and where it holds", "#fff2cc", "cds", ("[[", "]]")),
    "role": Look("role", "#ffe0bd", "box", ("[", "]")),
    "rule": Look("rule", "#ffffff", "note", ("[", "]")),
    "policy": Look("policy", "#f8cecc", "octagon", ("[/", "/]")),
    "namespace": Look("namespace", "#e1d5e7", "tab", ("[(", ")]")),
    "place": Look("what is reached", "#fbe3e4", "hexagon", ("[/", "/]")),
}
"""By kind for subjects, by category for the others; in the order of the legend."""


class DrawnNode(NamedTuple):
    """A node of a picture."""

    key: str
    """`n0`, `n1`, ... in the order of the ids."""
    node: str
    """Its id in the graph, as the cluster has it."""
    look: str
    """A key of `LOOKS`."""
    lines: tuple[str, ...]
    """The label; the characters that a terminal would act on are spelled out already."""
    known: bool
    """Not an object that is only spoken of."""
    layer: int | None = None
    """Its column, where the graph says it; None: that of its look."""


class DrawnEdge(NamedTuple):
    """An edge of a picture."""

    source: str
    target: str
    relation: str
    text: str
    wildcard: bool


class Drawing(NamedTuple):
    """A picture, before it has a format."""

    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]

    @property
    def looks(self) -> tuple[str, ...]:
        """The looks that occur, in the order of the legend."""
        used = {node.look for node in self.nodes}
        return tuple(look for look in LOOKS if look in used)


def draw(graph: "nx.MultiDiGraph[str]") -> Drawing:
    """The picture of a graph, in a fixed order.

    Being in a namespace is part of the label; it has an edge only from what has no other edge.
    """
    joined = {
        end
        for tail, head, relation in graph.edges(keys=True)
        if relation != "in_namespace"
        for end in (tail, head)
    }
    edges = sorted(
        (tail, head, relation)
        for tail, head, relation in graph.edges(keys=True)
        if relation != "in_namespace" or tail not in joined
    )
    drawn = {*joined, *(head for _, head, _ in edges)}
    ids = sorted(
        node
        for node, data in graph.nodes(data=True)
        if node in drawn or data["category"] != "namespace" or len(graph) == 1
    )
    keys = {node: f"n{place}" for place, node in enumerate(ids)}
    nodes = tuple(_node(keys[node], node, graph.nodes[node]) for node in ids)
    return Drawing(nodes, tuple(_edge(graph, keys, *edge) for edge in edges))


def _node(key: str, node: str, data: dict[str, Any]) -> DrawnNode:
    category = data["category"]
    look = data["kind"] if category == "subject" else category
    known = data["loaded"] or category == "subject"
    return DrawnNode(key, node, look, tuple(_lines(category, data)), known, data.get("layer"))


def _lines(category: str, data: dict[str, Any]) -> Iterator[str]:
    name = f"{data['namespace']}/{data['name']}" if data["namespace"] else data["name"]
    if category == "rule":
        yield from rule_lines(data)
        return
    if category == "place":
        yield from map(short, (data["name"], *data["said"]))
        return
    yield short(data.get("written_kind", data["kind"]))
    yield short(name)
    if category == "binding":
        yield f"in {short(data['scope'])}" if data["scope"] else "everywhere"
    if category in {"role", "policy"} and not data["loaded"]:
        yield "missing"
    if data.get("computed"):
        yield "aggregated"
    if data.get("assumed"):
        yield "assumed"
    yield from map(short, data.get("said", ()))


def rule_lines(data: dict[str, Any]) -> Iterator[str]:
    """A rule in a few lines, each with what it lists; the core group is written `core`."""
    yield "verbs: " + some(data["verbs"])
    if data["resources"]:
        yield "resources: " + some(data["resources"])
        yield "groups: " + some(each or "core" for each in data["api_groups"])
    if data["resource_names"]:
        yield "names: " + some(data["resource_names"])
    if data["non_resource_urls"]:
        yield "URLs: " + some(data["non_resource_urls"])


def some(items: Iterable[str]) -> str:
    """The beginning of a list as text, and how many more there are."""
    whole = [short(item) for item in items]
    shown = 1
    while shown < len(whole) and len(", ".join(whole[: shown + 1])) <= LONGEST:
        shown += 1
    more = len(whole) - shown
    return ", ".join(whole[:shown]) + (f" and {more} more" if more > 0 else "")


def short(text: str) -> str:
    """One line of a label: harmless, and not too long."""
    shown = cell(text)
    if len(shown) <= LONGEST:
        return shown
    half = (LONGEST - 3) // 2
    return f"{shown[:half]}...{shown[-half:]}"


def _edge(
    graph: "nx.MultiDiGraph[str]", keys: dict[str, str], tail: str, head: str, relation: str
) -> DrawnEdge:
    data = graph.edges[tail, head, relation]
    wildcard = bool(data.get("wildcard"))
    text = "by wildcard" if wildcard and graph.nodes[tail]["category"] == "rule" else _TEXTS[relation]
    if relation == "may_use" and graph.nodes[tail]["category"] == "subject":
        text = "without RBAC" if data["wildcard"] else "by its list"
    return DrawnEdge(keys[tail], keys[head], relation, text, wildcard)

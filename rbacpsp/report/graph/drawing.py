"""The drawing of a graph, for every format: numbered nodes with a few short lines, and labeled edges.

The ids in a picture are numbers; names from the cluster appear only in labels, and are escaped.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from rbacpsp.report.escape import cell

if TYPE_CHECKING:
    import networkx as nx

LONGEST = 48
"""The most characters of a name or list; a longer name is cut in the middle, a longer list at its end."""

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
    """The text of the legend."""
    fill: str
    shape: str
    """The shape in Graphviz."""
    brackets: tuple[str, str]
    """The brackets around a label in Mermaid."""


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
"""By kind for subjects, by category for other nodes; in the order of the legend."""


class DrawnNode(NamedTuple):
    """A node of a picture."""

    key: str
    """`n0`, `n1`, ... in the order of the ids."""
    node: str
    """Its id in the graph, with the names as the cluster has them."""
    look: str
    """A key of `LOOKS`."""
    lines: tuple[str, ...]
    """The label, already escaped for a terminal."""
    known: bool
    """Whether the object was loaded, and not only named by another object."""
    layer: int | None = None
    """Its column, if the graph gives one; None: the column of its look."""


class DrawnEdge(NamedTuple):
    """An edge of a picture."""

    source: str
    target: str
    relation: str
    text: str
    wildcard: bool


class Drawing(NamedTuple):
    """A picture, independent of the format."""

    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]

    @property
    def looks(self) -> tuple[str, ...]:
        """The looks that occur, in the order of the legend."""
        used = {node.look for node in self.nodes}
        return tuple(look for look in LOOKS if look in used)


def draw(graph: "nx.MultiDiGraph[str]") -> Drawing:
    """The picture of a graph, in a fixed order.

    The label of a node contains its namespace; only nodes without other edges have an edge to the namespace.
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
    keys = {node: f"n{index}" for index, node in enumerate(ids)}
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
    """A rule in a few lines: verbs, resources, groups and names; the core group is written `core`."""
    yield "verbs: " + some(data["verbs"])
    if data["resources"]:
        yield "resources: " + some(data["resources"])
        yield "groups: " + some(group or "core" for group in data["api_groups"])
    if data["resource_names"]:
        yield "names: " + some(data["resource_names"])
    if data["non_resource_urls"]:
        yield "URLs: " + some(data["non_resource_urls"])


def some(items: Iterable[str]) -> str:
    """The first items of a list as text, and the number of the others."""
    texts = [short(item) for item in items]
    count = 1
    while count < len(texts) and len(", ".join(texts[: count + 1])) <= LONGEST:
        count += 1
    more = len(texts) - count
    return ", ".join(texts[:count]) + (f" and {more} more" if more > 0 else "")


def short(text: str) -> str:
    """One line of a label, escaped and not too long."""
    escaped = cell(text)
    if len(escaped) <= LONGEST:
        return escaped
    half = (LONGEST - 3) // 2
    return f"{escaped[:half]}...{escaped[-half:]}"


def _edge(
    graph: "nx.MultiDiGraph[str]", keys: dict[str, str], tail: str, head: str, relation: str
) -> DrawnEdge:
    data = graph.edges[tail, head, relation]
    wildcard = bool(data.get("wildcard"))
    text = "by wildcard" if wildcard and graph.nodes[tail]["category"] == "rule" else _TEXTS[relation]
    if relation == "may_use" and graph.nodes[tail]["category"] == "subject":
        text = "without RBAC" if data["wildcard"] else "by its list"
    return DrawnEdge(keys[tail], keys[head], relation, text, wildcard)

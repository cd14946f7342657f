"""The graph of paths as tables: the page searches it as `rbacpsp.paths.search` does."""

from collections.abc import Iterable
from typing import Any

from rbacpsp.audit.change import object_words
from rbacpsp.audit.permission import permission_words
from rbacpsp.model import Objects, Subject
from rbacpsp.model.subjects import subject_text
from rbacpsp.page.access import AccessTables
from rbacpsp.page.numbers import NONE, Numbers
from rbacpsp.paths import Paths
from rbacpsp.paths.graph import Cause, Edge
from rbacpsp.paths.place import CLUSTER_ADMIN, IDENTITIES, NODE
from rbacpsp.paths.technique import Technique

MOST = 200_000
"""A larger graph is reduced to the edges of the shortest paths to the goals."""
TOO_MANY = 200_000
"""With policies, the graph grows with subjects times accounts: beyond this product, paths are omitted."""
_GOALS = (CLUSTER_ADMIN, NODE)
_SPELLED_BY_THE_PAGE = IDENTITIES | {"role"}
"""The kinds of nodes whose names the page generates itself."""


def path_tables(paths: Paths, access: AccessTables, objects: Objects) -> dict[str, Any]:
    """The tables of the graph, and the grants whose removal cuts most paths to cluster-admin."""
    table = _Table(paths, access)
    if _too_large(objects):
        completeness, rows, nodes = "none", [], []
    else:
        graph = paths.graph
        completeness = "all" if len(graph) <= MOST else "goals"
        rows = [
            table.row(edge) for edge in (graph.edges() if completeness == "all" else _edges_to_goals(paths))
        ]
        nodes = [graph.places[node_number] for node_number in table.places.items]
    return {
        "places": [[*node] if node.kind in _SPELLED_BY_THE_PAGE else [*node, node.words] for node in nodes],
        "edges": rows,
        "labels": table.labels.items,
        "techniques": [
            [technique.name, technique.title, technique.cost, technique.condition]
            for technique in table.techniques.items
        ],
        "pathTexts": table.texts.items,
        "pathsHeld": completeness,
        "cuts": [
            [
                access.binding(cut.binding),
                subject_text(cut.subject),
                cut.closed,
                cut.of,
                object_words(cut.binding),
            ]
            for cut in ([] if completeness == "none" else paths.cuts(CLUSTER_ADMIN))
        ],
    }


def _too_large(objects: Objects) -> bool:
    """Whether the product of subjects and accounts makes the graph too large."""
    subjects = sum(len(binding.subjects) for binding in objects.cluster_role_bindings.values())
    return bool(objects.policies) and subjects * len(objects.service_accounts) > TOO_MANY


def _edges_to_goals(paths: Paths) -> Iterable[Edge]:
    """The edges of the shortest paths to the goals, in the order of their numbers."""
    edge_numbers = set().union(*map(paths.tree, _GOALS))
    return (paths.graph.edge(number) for number in sorted(edge_numbers))


class _Table:
    """Edges as rows of numbers."""

    def __init__(self, paths: Paths, access: AccessTables) -> None:
        self._paths = paths
        self._access = access
        self.places: Numbers[int] = Numbers()
        self.techniques: Numbers[Technique] = Numbers()
        self.texts: Numbers[str] = Numbers()
        self.labels: Numbers[tuple[int, ...]] = Numbers()
        """(technique, because, permission, role, rule): the parts that edges of different nodes share."""
        self._permissions: dict[int, int] = {}
        self._bootstrap: dict[tuple[int, Subject], int] = {}

    def row(self, edge: Edge) -> list[int]:
        """The numbers of an edge's ends and its label.

        For an edge that starts at a subject also the binding, 1 if Kubernetes created it, and the subject of
        the binding if it is not the source.
        """
        numbers = [
            self.places.of(edge.source),
            self.places.of(edge.target),
            self.labels.of(self._label(edge.cause)),
        ]
        evidence, subject = edge.cause.evidence, edge.cause.subject
        if evidence is not None and subject is not None:
            key = (id(evidence.binding), subject)
            is_bootstrap = self._bootstrap.get(key)
            if is_bootstrap is None:
                is_bootstrap = self._bootstrap[key] = int(self._paths.brings(evidence.binding, subject))
            numbers += [self._access.binding(evidence.binding), is_bootstrap]
            words = subject_text(subject)
            if words != self._paths.graph.places[edge.source].words:
                numbers.append(self.texts.of(words))
        return numbers

    def _label(self, cause: Cause) -> tuple[int, ...]:
        role, rule_match = cause.role, cause.rule_match
        return (
            NONE if cause.technique is None else self.techniques.of(cause.technique),
            self.texts.of(cause.reason),
            self._permission(cause),
            NONE if role is None else self._access.role_of(role),
            NONE if rule_match is None else rule_match.rule_index,
        )

    def _permission(self, cause: Cause) -> int:
        rule_match = cause.rule_match
        if rule_match is None:
            return self.texts.of("")
        text_number = self._permissions.get(id(rule_match))
        if text_number is None:
            text_number = self._permissions[id(rule_match)] = self.texts.of(
                permission_words([rule_match.match])
            )
        return text_number

"""The graph of paths as tables: the page searches it as `rbacpsp.paths.search` does."""

from collections.abc import Iterable
from typing import Any

from rbacpsp.audit.change import object_words
from rbacpsp.audit.permission import permission_words
from rbacpsp.model import Objects, Subject
from rbacpsp.model.subjects import subject_text
from rbacpsp.page.access import Access
from rbacpsp.page.numbers import NONE, Numbers
from rbacpsp.paths import Paths
from rbacpsp.paths.graph import Cause, Edge
from rbacpsp.paths.place import CLUSTER_ADMIN, IDENTITIES, NODE
from rbacpsp.paths.technique import Technique

MOST = 200_000
"""A larger graph is cut to what the paths to the goals pass."""
TOO_MANY = 200_000
"""With policies each subject of the cluster is held against each account: beyond this, paths are left out."""
_GOALS = (CLUSTER_ADMIN, NODE)
_SPELLED_BY_THE_PAGE = IDENTITIES | {"role"}
"""The kinds of most places, whose words the page knows."""


def ways(paths: Paths, access: Access, objects: Objects) -> dict[str, Any]:
    """The tables of the graph, and the grants by which most subjects reach cluster-admin."""
    table = _Table(paths, access)
    if _too_large(objects):
        held, rows, places = "none", [], []
    else:
        graph = paths.graph
        held = "all" if len(graph) <= MOST else "goals"
        rows = [table.row(edge) for edge in (graph.edges() if held == "all" else _to_goals(paths))]
        places = [graph.places[place] for place in table.places.things]
    return {
        "places": [[*each] if each.kind in _SPELLED_BY_THE_PAGE else [*each, each.words] for each in places],
        "edges": rows,
        "labels": table.labels.things,
        "techniques": [
            [each.name, each.title, each.cost, each.condition] for each in table.techniques.things
        ],
        "pathTexts": table.texts.things,
        "pathsHeld": held,
        "cuts": [
            [
                access.binding(cut.binding),
                subject_text(cut.subject),
                cut.closed,
                cut.of,
                object_words(cut.binding),
            ]
            for cut in ([] if held == "none" else paths.cuts(CLUSTER_ADMIN))
        ],
    }


def _too_large(objects: Objects) -> bool:
    """Whether the graph would grow with the product of the subjects and the accounts."""
    subjects = sum(len(each.subjects) for each in objects.cluster_role_bindings.values())
    return bool(objects.policies) and subjects * len(objects.service_accounts) > TOO_MANY


def _to_goals(paths: Paths) -> Iterable[Edge]:
    """The edges of the shortest ways to the goals, in their order."""
    kept = set().union(*map(paths.tree, _GOALS))
    return (paths.graph.edge(number) for number in sorted(kept))


class _Table:
    """Edges as rows of numbers."""

    def __init__(self, paths: Paths, access: Access) -> None:
        self._paths = paths
        self._access = access
        self.places: Numbers[int] = Numbers()
        self.techniques: Numbers[Technique] = Numbers()
        self.texts: Numbers[str] = Numbers()
        self.labels: Numbers[tuple[int, ...]] = Numbers()
        """(technique, because, permission, role, rule): what edges of different places share."""
        self._permissions: dict[int, int] = {}
        self._own: dict[tuple[int, Subject], int] = {}

    def row(self, edge: Edge) -> list[int]:
        """Its ends and its label.

        Where it starts at a subject also the binding, 1 where Kubernetes made that, and whom the binding
        names if that is not the source.
        """
        found = [
            self.places.of(edge.source),
            self.places.of(edge.target),
            self.labels.of(self._label(edge.cause)),
        ]
        evidence, subject = edge.cause.evidence, edge.cause.subject
        if evidence is not None and subject is not None:
            key = (id(evidence.binding), subject)
            own = self._own.get(key)
            if own is None:
                own = self._own[key] = int(self._paths.brings(evidence.binding, subject))
            found += [self._access.binding(evidence.binding), own]
            words = subject_text(subject)
            if words != self._paths.graph.places[edge.source].words:
                found.append(self.texts.of(words))
        return found

    def _label(self, cause: Cause) -> tuple[int, ...]:
        role, hit = cause.role, cause.hit
        return (
            NONE if cause.technique is None else self.techniques.of(cause.technique),
            self.texts.of(cause.because),
            self._permission(cause),
            NONE if role is None else self._access.role_of(role),
            NONE if hit is None else hit.rule_index,
        )

    def _permission(self, cause: Cause) -> int:
        hit = cause.hit
        if hit is None:
            return self.texts.of("")
        found = self._permissions.get(id(hit))
        if found is None:
            found = self._permissions[id(hit)] = self.texts.of(permission_words([hit.match]))
        return found

"""Finds the custom resources of a live cluster that contain pod templates, and where it serves them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rbacpsp.model.kinds import Kind, ServedVersion
from rbacpsp.model.pod_templates import TemplateKinds

CUSTOM_RESOURCES = "CustomResource"
"""The name, among kinds, of every custom resource with pod templates."""

_MEANING = "the pods they make are not judged"


def depends_on_customs(kinds: Collection[str] | None) -> bool:
    """Whether an answer about these kinds (None: all) depends on custom resources."""
    return kinds is None or CUSTOM_RESOURCES in kinds


def served_customs(documents: Iterable[Mapping[str, Any]], templates: TemplateKinds) -> tuple[Kind, ...]:
    """The kinds with templates that a server serves, each in its preferred version.

    Args:
        documents: The APIResourceLists of the server, one for each group and version.
        templates: The kinds that are known to contain templates.
    """
    by_kind: dict[tuple[str, str], Kind] = {}
    for document in documents:
        version = str(document["groupVersion"])
        for row in document.get("resources") or ():
            known = templates.find(version, str(row["kind"]))
            if known is None or "/" in row["name"] or "list" not in (row.get("verbs") or ()):
                continue
            kind = Kind(
                known.kind,
                row["name"],
                "customs",
                bool(row["namespaced"]),
                (ServedVersion(version),),
                _MEANING,
            )
            by_kind.setdefault((known.group, known.kind), kind)
    return tuple(by_kind[key] for key in sorted(by_kind))

"""Which custom resources of a live cluster hold the templates of pods, and where it serves them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rbacpsp.model.kinds import Kind, Served
from rbacpsp.model.pod_templates import TemplateKinds

CUSTOM_RESOURCES = "CustomResource"
"""Among the kinds that an answer depends on: every custom resource that holds pod templates."""

_MEANING = "the pods they make are not judged"


def wanted(kinds: Collection[str] | None) -> bool:
    """Whether an answer about these kinds (None: all) depends on custom resources."""
    return kinds is None or CUSTOM_RESOURCES in kinds


def served_customs(documents: Iterable[Mapping[str, Any]], templates: TemplateKinds) -> tuple[Kind, ...]:
    """The kinds that a server serves of those that hold templates, each in its preferred version.

    Args:
        documents: What the server serves: an APIResourceList for each group and version.
        templates: The kinds that are known to hold templates.
    """
    found: dict[tuple[str, str], Kind] = {}
    for document in documents:
        version = str(document["groupVersion"])
        for row in document.get("resources") or ():
            known = templates.find(version, str(row["kind"]))
            if known is None or "/" in row["name"] or "list" not in (row.get("verbs") or ()):
                continue
            kind = Kind(
                known.kind, row["name"], "customs", bool(row["namespaced"]), (Served(version),), _MEANING
            )
            found.setdefault((known.group, known.kind), kind)
    return tuple(found[key] for key in sorted(found))

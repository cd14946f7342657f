"""The data of the page: one JSON object of tables, harmless inside a script element."""

import json
from collections import Counter
from typing import Any

from rbacpsp import __version__
from rbacpsp.model import AnyObject, Objects
from rbacpsp.model import Origin as Place
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.progress import ReportProgress
from rbacpsp.page.access import Access
from rbacpsp.page.constraints import constraints
from rbacpsp.page.facts import Facts
from rbacpsp.page.finding_tables import findings
from rbacpsp.page.path_tables import ways
from rbacpsp.page.policies import policies
from rbacpsp.page.workloads import Workloads

_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
PARTS = ("tables", "access", "findings", "paths", "policies", "workloads")
"""What a page is made of, in order: the tables for readers without scripts, then the data of the script."""


def tell(told: ReportProgress | None, part: str) -> None:
    """Tell that a part is begun, where somebody wants to know."""
    if told is not None:
        told(part, PARTS.index(part), len(PARTS))


def data(facts: Facts, told: ReportProgress | None = None) -> dict[str, Any]:
    """Everything that the page shows and asks."""
    objects = facts.objects
    found = {"about": _about(facts)}
    with no_collection():
        tell(told, "access")
        access = Access(objects)
        found |= access.document()
        tell(told, "findings")
        found |= findings(facts.audit, access, lambda obj: _origin(objects, obj))
        tell(told, "paths")
        found |= ways(facts.paths, access, objects)
        tell(told, "policies")
        found |= policies(facts) | constraints(facts)
        tell(told, "workloads")
        found |= Workloads(facts, access).document()
    return found


def encoded(value: Any) -> str:
    """JSON of ASCII characters alone, without any that could end the script element that it stands in."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    for char, escape in _ESCAPED.items():
        text = text.replace(char, escape)
    return text


def _origin(objects: Objects, obj: AnyObject) -> Place | None:
    if objects.server is not None:
        return None
    try:
        origin = objects.origin(obj)
    except KeyError:  # a role whose rules were computed was not read itself
        return None
    return origin if origin.document.file else None


def _about(facts: Facts) -> dict[str, Any]:
    objects, origin = facts.objects, facts.origin
    read = Counter(each.kind for each in objects.loaded)
    assumed = sum(1 for _ in objects) - sum(read.values())
    return {
        "program": f"rbacpsp {__version__}",
        "cluster": origin.cluster,
        "sources": list(origin.sources),
        "time": origin.time,
        "version": facts.version_words,
        "openshift": str(facts.openshift_version or ""),
        "read": sorted(read.items()),
        "assumed": assumed,
        "assumedAs": str(objects.assumed_as or ""),
        "assumedIsListed": objects.assumed_is_listed,
        "notes": list(facts.notes),
        "start": facts.start,
    }

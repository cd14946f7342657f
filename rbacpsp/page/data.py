"""The data of the page: one JSON object of tables that is safe inside a script element."""

import json
from collections import Counter
from typing import Any

from rbacpsp import __version__
from rbacpsp.model import AnyObject, ObjectOrigin, Objects
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.progress import ReportProgress
from rbacpsp.page.access import AccessTables
from rbacpsp.page.constraints import constraints
from rbacpsp.page.facts import Facts
from rbacpsp.page.finding_tables import findings
from rbacpsp.page.path_tables import path_tables
from rbacpsp.page.policies import policies
from rbacpsp.page.workloads import WorkloadTables

_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "##": "#\\u0023"}
PARTS = ("tables", "access", "findings", "paths", "policies", "workloads")
"""The parts of a page in order: the tables for readers without scripts, then the data of the script."""


def report_part(report_progress: ReportProgress | None, part: str) -> None:
    """Report that a part begins, if there is a receiver."""
    if report_progress is not None:
        report_progress(part, PARTS.index(part), len(PARTS))


def data(facts: Facts, report_progress: ReportProgress | None = None) -> dict[str, Any]:
    """All data that the page needs."""
    objects = facts.objects
    tables = {"about": _about(facts)}
    with no_collection():
        report_part(report_progress, "access")
        access = AccessTables(objects)
        tables |= access.document()
        report_part(report_progress, "findings")
        tables |= findings(facts.audit, access, lambda obj: _origin(objects, obj))
        report_part(report_progress, "paths")
        tables |= path_tables(facts.paths, access, objects)
        report_part(report_progress, "policies")
        tables |= policies(facts) | constraints(facts)
        report_part(report_progress, "workloads")
        tables |= WorkloadTables(facts, access).document()
    return tables


def script_safe_json(value: Any) -> str:
    """JSON in ASCII that neither ends its script element nor contains a command of a CI system."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    for char, escape in _ESCAPED.items():
        text = text.replace(char, escape)
    return text


def _origin(objects: Objects, obj: AnyObject) -> ObjectOrigin | None:
    if objects.server is not None:
        return None
    try:
        origin = objects.origin(obj)
    except KeyError:  # a role whose rules were computed was not read itself
        return None
    return origin if origin.document.file else None


def _about(facts: Facts) -> dict[str, Any]:
    objects, origin = facts.objects, facts.origin
    read = Counter(obj.kind for obj in objects.loaded)
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

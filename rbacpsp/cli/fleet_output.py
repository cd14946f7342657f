"""The clusters of a run as a table and as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from rbacpsp.report.answer import Answer, Table

_COLUMNS = ("cluster", "status", "rows", "worst", "version", "seconds", "memory", "source", "reason")
_WIDE = frozenset({"version", "memory", "source"})
_FIELDS = (
    "source",
    "cluster",
    "status",
    "reason",
    "seconds",
    "memory",
    "objects",
    "version",
    "rows",
    "worst",
)


def fleet_answer(rows: Sequence[Mapping[str, Any]], results: str) -> Answer:
    """The status of each cluster of a run."""
    table = Table(_COLUMNS, [[_cell(column, row[column]) for column in _COLUMNS] for row in rows], _WIDE)
    items = [{name: row[name] for name in _FIELDS if row[name] is not None} for row in rows]
    return Answer("FleetRun", table, {"results": results, "items": items}, [row["cluster"] for row in rows])


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column == "memory":
        return f"{value >> 20} MiB"
    return f"{value:.2f}" if column == "seconds" else str(value)

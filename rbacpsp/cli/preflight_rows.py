"""The table of a preflight: what happens to each object, and what is missing for it."""

from rbacpsp.admission.preflight import Preflight, Row
from rbacpsp.report.answer import Table

_COLUMNS = ("object", "namespace", "applied", "missing", "message")


def preflight_table(result: Preflight) -> Table:
    """A row for each reason against an object, or one row that says how the object is applied."""
    return Table(_COLUMNS, [cells for row in result.rows for cells in _cells(row)], frozenset({"message"}))


def object_title(row: Row) -> str:
    """An object in kubectl's form, for example `deployment/web`."""
    return f"{row.kind.lower() or '(no kind)'}/{row.name or '(no name)'}"


def _cells(row: Row) -> list[tuple[str, ...]]:
    if row.allowed:
        verb = row.decisions[-1].request.verb if row.decisions else ""
        return [(object_title(row), row.namespace, {"patch": "patched"}.get(verb, "created"), "", "")]
    return [
        (object_title(row), row.namespace, "no", missing.what, missing.message) for missing in row.missing
    ]

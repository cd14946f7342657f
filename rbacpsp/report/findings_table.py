"""The findings of an audit as rows: a line each at a terminal, all the evidence for `wide` and CSV."""

from collections.abc import Iterator
from itertools import chain

from rbacpsp.audit import Audit
from rbacpsp.report import csv, table
from rbacpsp.report.answer import Table
from rbacpsp.report.findings import Locate, Row, Writer, nowhere

_NARROW = ("severity", "rule", "subject", "scope", "finding", "evidence")
_ALL = (*_NARROW, "permission", "detail", "grants", "change", "fingerprint")


def pieces(
    audit: Audit, form: str, locate: Locate = nowhere, *, ruled_out: bool = False, headers: bool = True
) -> Iterator[str]:
    """The audit as rows; what was ruled out follows, marked, when it is asked for.

    Columns are as wide as their widest cell, so that all rows of a table are made before the first is
    written; those of CSV come one by one.

    Args:
        audit: What was found.
        form: `table`, `wide` or `csv`.
        locate: Where objects were read.
        ruled_out: Whether what was ruled out is among the rows.
        headers: Whether columns have titles.
    """
    shown = Writer(locate).rows(chain(audit.findings, audit.ruled_out if ruled_out else ()))
    if form == "table":
        return table.pieces(Table(_NARROW, list(map(_narrow, shown))), headers=headers)
    rows = (_narrow(row) + _more(row) for row in shown)
    if form == "csv":
        return csv.lines(_ALL, rows, headers=headers)
    return table.pieces(Table(_ALL, list(rows)), headers=headers)


def _narrow(row: Row) -> list[str]:
    finding = row.finding
    severity = f"({finding.ruled_out})" if finding.ruled_out else str(finding.severity)
    return [
        severity,
        finding.rule.id,
        row.who,
        finding.scope or "cluster",
        finding.rule.title,
        _evidence(row),
    ]


def _evidence(row: Row) -> str:
    """The first binding that gives it and how many more do; else where the object was read."""
    bindings = list(dict.fromkeys(each.binding for each in row.grants))
    if bindings:
        more = f", and {len(bindings) - 1} more" if len(bindings) > 1 else ""
        return f"{bindings[0].text}{more}"
    return row.about.position if row.about else ""


def _more(row: Row) -> list[str]:
    finding = row.finding
    return [
        row.permission,
        finding.detail,
        "; ".join(each.text for each in row.grants),
        "; ".join(row.changes),
        finding.fingerprint,
    ]

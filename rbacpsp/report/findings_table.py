"""The findings of an audit as rows: a line each at a terminal, all the evidence for `wide` and CSV."""

from itertools import chain

from rbacpsp.audit import Audit
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.findings import Locate, Row, Writer, nowhere

_NARROW = ("severity", "rule", "subject", "scope", "finding", "evidence")
_ALL = (*_NARROW, "permission", "detail", "grants", "change", "fingerprint")


def table(audit: Audit, locate: Locate = nowhere, *, wide: bool = True, ruled_out: bool = False) -> Answer:
    """The audit as rows; what was ruled out follows, marked, when it is asked for.

    Args:
        audit: What was found.
        locate: Where objects were read.
        wide: Whether the columns are made that only `wide` and CSV show.
        ruled_out: Whether what was ruled out is among the rows.
    """
    writer = Writer(locate)
    shown = map(writer.row, chain(audit.findings, audit.ruled_out if ruled_out else ()))
    if wide:
        columns = Table(_ALL, [_narrow(row) + _more(row) for row in shown], frozenset(_ALL) - {*_NARROW})
    else:
        columns = Table(_NARROW, [_narrow(row) for row in shown])
    return Answer("Audit", columns)


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

"""The findings of an audit as rows: short ones for a terminal, all the evidence for `wide` and CSV."""

from collections.abc import Iterator
from itertools import chain

from rbacpsp.audit import Audit
from rbacpsp.report.answer import Table
from rbacpsp.report.findings import FindingRow, Locate, Writer, nowhere

_NARROW = ("severity", "rule", "subject", "scope", "finding", "evidence")
_ALL = (*_NARROW, "permission", "detail", "grants", "change", "fingerprint")


def table(audit: Audit, locate: Locate = nowhere, *, ruled_out: bool = False, wide: bool = False) -> Table:
    """The audit as rows; on request, the findings that were ruled out follow, with the reason.

    Args:
        audit: The findings.
        locate: The file and line of an object.
        ruled_out: Whether findings that were ruled out are among the rows.
        wide: Whether rows have all the evidence.
    """
    if wide:
        return Table(_ALL, list(rows(audit, locate, ruled_out=ruled_out)[1]))
    return Table(_NARROW, list(map(_narrow, _shown(audit, locate, ruled_out))))


def rows(
    audit: Audit, locate: Locate = nowhere, *, ruled_out: bool = False
) -> tuple[tuple[str, ...], Iterator[list[str]]]:
    """The titles of the wide table, and its rows, each made when it is needed."""
    return _ALL, (_narrow(row) + _more(row) for row in _shown(audit, locate, ruled_out))


def _shown(audit: Audit, locate: Locate, ruled_out: bool) -> Iterator[FindingRow]:
    return Writer(locate).rows(chain(audit.findings, audit.ruled_out if ruled_out else ()))


def _narrow(row: FindingRow) -> list[str]:
    finding = row.finding
    severity = f"({finding.ruled_out})" if finding.ruled_out else str(finding.severity)
    return [
        severity,
        finding.rule.id,
        row.who,
        finding.scope or "cluster",
        finding.title,
        _evidence(row),
    ]


def _evidence(row: FindingRow) -> str:
    """The first binding that grants it and the number of others; else the file and line of the object."""
    bindings = list(dict.fromkeys(grant.binding for grant in row.grants))
    if bindings:
        more = f", and {len(bindings) - 1} more" if len(bindings) > 1 else ""
        return f"{bindings[0].text}{more}"
    return row.about.position if row.about else ""


def _more(row: FindingRow) -> list[str]:
    finding = row.finding
    return [
        row.permission,
        row.said,
        "; ".join(grant.text for grant in row.grants),
        "; ".join(row.changes),
        finding.fingerprint,
    ]

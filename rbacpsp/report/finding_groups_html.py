"""An audit by rule, by subject or by control as an HTML page: the groups, their findings, and the rules."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from rbacpsp.audit import Audit, Finding, Severity
from rbacpsp.report import findings_html
from rbacpsp.report.escape import html_text as text
from rbacpsp.report.findings import FindingRow, Locate, Writer
from rbacpsp.report.provenance import Provenance

MOST = 1_000
"""How many groups, and how many findings of a group, are listed; the others are only counted."""


class ReportGroup(NamedTuple):
    """Findings that are listed together."""

    severity: Severity
    """That of the worst."""
    name: str
    findings: list[Finding]
    counts: str
    """How many there are of each severity."""
    others: str
    """The subjects, or the rules, that they are about."""


def stream(
    audit: Audit,
    titles: Sequence[str],
    groups: Sequence[ReportGroup],
    locate: Locate,
    read: Provenance | None,
) -> Iterator[str]:
    """The complete page, some lines at a time."""
    body = chain(_sections(groups, Writer(locate)), findings_html.rules(audit.findings))
    return findings_html.page(audit, _index(titles, groups) if groups else (), body, read)


def _index(titles: Sequence[str], groups: Sequence[ReportGroup]) -> Iterator[str]:
    columns = "".join(f"<th>{title.capitalize()}</th>" for title in titles)
    yield f'<table class="index"><thead><tr>{columns}</tr></thead><tbody>'
    for number, group in enumerate(groups[:MOST], 1):
        yield f"<tr><td>{findings_html.badge(group.severity)}</td>"
        yield f'<td><a href="#group-{number}">{text(group.name)}</a></td>'
        yield f'<td class="number">{len(group.findings):,}</td>'
        yield f"<td>{text(group.counts)}</td><td>{text(group.others)}</td></tr>"
    yield "</tbody></table>"
    yield from findings_html.omitted(len(groups) - MOST)


def _sections(groups: Sequence[ReportGroup], writer: Writer) -> Iterator[str]:
    for number, group in enumerate(groups[:MOST], 1):
        yield f'<section id="group-{number}" class="rule {group.severity}">'
        yield f"<h2>{findings_html.badge(group.severity)} {text(group.name)}</h2>"
        yield '<table class="findings"><thead><tr><th>Finding</th><th>Who</th><th>Evidence</th>'
        yield "<th>Smallest change</th></tr></thead><tbody>"
        yield from map(_row, writer.rows(group.findings[:MOST]))
        yield "</tbody></table>"
        yield from findings_html.omitted(len(group.findings) - MOST)
        yield "</section>"


def _row(row: FindingRow) -> str:
    finding = row.finding
    rule = text(finding.rule.id)
    title = f'{findings_html.badge(finding.severity)} <a href="#{rule}">{rule}</a> {text(finding.title)}'
    return f"<tr><td>{title}</td>{findings_html.cells(row)}</tr>"

"""An audit by change as Markdown: the changes, the findings of each, the paths, the rules, the method."""

from collections.abc import Iterator

from rbacpsp.report import findings_markdown
from rbacpsp.report.audit_paths import paths_of
from rbacpsp.report.change_rows import ChangeReport, ChangeRow, cells, listed, section
from rbacpsp.report.escape import markdown_cell
from rbacpsp.report.findings import Writer, rules_of

MOST = 500
"""How many changes have a section, and how many paths are listed; the others are only counted."""
HOLDERS = 20
"""How many holders a line of a section names."""


def stream(report: ChangeReport) -> Iterator[str]:
    """The complete report, a line at a time."""
    return (f"{line}\n" for line in _lines(report))


def _lines(report: ChangeReport) -> Iterator[str]:
    audit = report.audit
    yield from findings_markdown.head(audit)
    for title, rows in report.parts:
        yield ""
        yield f"## {title}"
        yield ""
        yield "| change | severity | removes | left | findings | holders | what needs it |"
        yield "| --- | --- | --- | --- | --- | --- | --- |"
        for row in rows:
            severity, change, *others = map(markdown_cell, cells(row, wide=False))
            yield f"| {' | '.join((change, severity, *others))} |"
        if report.ending and title == report.parts[0][0]:
            yield ""
            yield markdown_cell(report.ending)
    writer = Writer(report.locate)
    for row in report.rows[:MOST]:
        yield from _section(row, writer)
    if len(report.rows) > MOST:
        yield ""
        yield f"{len(report.rows) - MOST} more changes have no section; JSON and CSV hold all findings."
    yield from _paths(report)
    for rule in rules_of(audit.findings):
        yield from findings_markdown.explained(rule)
    yield from findings_markdown.method(audit)


def _section(row: ChangeRow, writer: Writer) -> Iterator[str]:
    change = row.change
    yield ""
    yield f"### {change.severity}: {markdown_cell(change.brief)}"
    yield ""
    if len(change.sentences) > 1:
        for sentence in change.sentences:
            yield f"1. {markdown_cell(sentence)}"
        yield ""
    section_rows = section(change, writer)
    if section_rows.grants:
        yield markdown_cell(f"Granted by {listed(section_rows.grants, HOLDERS)}.")
        yield ""
    for group in section_rows.groups:
        finding = group.finding
        line = f"{finding.severity} {finding.rule.id} {finding.title}, {finding.where}: "
        line += listed(group.holders, HOLDERS)
        if group.rules:
            line += f" ({'; '.join((*group.permissions, *group.rules)[:HOLDERS])})"
        line += "."
        yield f"- {markdown_cell(' '.join((line, *group.details[:HOLDERS])))}"


def _paths(report: ChangeReport) -> Iterator[str]:
    paths = list(paths_of(report.audit))
    if paths:
        yield ""
        yield "## Paths"
        yield ""
        yield "| who | reaches | severity | steps |"
        yield "| --- | --- | --- | --- |"
        for path in paths[:MOST]:
            steps = "<br>".join(
                f"{number}. {markdown_cell(step)}" for number, step in enumerate(path.steps, 1)
            )
            yield f"| {markdown_cell(path.who)} | {markdown_cell(path.goal)} | {path.severity} | {steps} |"
        if len(paths) > MOST:
            yield ""
            yield f"{len(paths) - MOST} more paths are not listed; JSON and CSV hold them all."

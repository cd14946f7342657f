"""An audit by change as Markdown: the changes, the findings of each, the paths, the rules, the method."""

from collections.abc import Iterator

from rbacpsp.report import findings_markdown
from rbacpsp.report.audit_paths import paths_of
from rbacpsp.report.change_rows import Changed, Row, cells, listed, section
from rbacpsp.report.escape import markdown_cell
from rbacpsp.report.findings import Writer, rules_of

MOST = 500
"""How many changes have a section, and how many paths are listed; the rest is counted."""
HOLDERS = 20
"""How many holders a line of a section names."""


def pieces(report: Changed) -> Iterator[str]:
    """The whole report, a line at a time."""
    return (f"{line}\n" for line in _lines(report))


def _lines(report: Changed) -> Iterator[str]:
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


def _section(row: Row, writer: Writer) -> Iterator[str]:
    change = row.change
    yield ""
    yield f"### {change.severity}: {markdown_cell(change.brief)}"
    yield ""
    if len(change.sentences) > 1:
        for sentence in change.sentences:
            yield f"1. {markdown_cell(sentence)}"
        yield ""
    found = section(change, writer)
    if found.grants:
        yield markdown_cell(f"Granted by {listed(found.grants, HOLDERS)}.")
        yield ""
    for each in found.told:
        finding = each.finding
        said = f"{finding.severity} {finding.rule.id} {finding.title}, {finding.where}: "
        said += listed(each.holders, HOLDERS)
        if each.rules:
            said += f" ({'; '.join((*each.permissions, *each.rules)[:HOLDERS])})"
        said += "."
        yield f"- {markdown_cell(' '.join((said, *each.said[:HOLDERS])))}"


def _paths(report: Changed) -> Iterator[str]:
    found = list(paths_of(report.audit))
    if found:
        yield ""
        yield "## Paths"
        yield ""
        yield "| who | reaches | severity | steps |"
        yield "| --- | --- | --- | --- |"
        for path in found[:MOST]:
            steps = "<br>".join(
                f"{number}. {markdown_cell(step)}" for number, step in enumerate(path.steps, 1)
            )
            yield f"| {markdown_cell(path.who)} | {markdown_cell(path.goal)} | {path.severity} | {steps} |"
        if len(found) > MOST:
            yield ""
            yield f"{len(found) - MOST} more paths are not listed; JSON and CSV hold them all."

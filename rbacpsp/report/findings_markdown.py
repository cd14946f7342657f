"""The findings of an audit as Markdown: a summary, the findings by rule, the method and its limits."""

from collections.abc import Iterator
from itertools import groupby

from rbacpsp.audit import Audit
from rbacpsp.audit.rule_text import RuleText
from rbacpsp.report.escape import markdown_cell
from rbacpsp.report.findings import FindingRow, Locate, Writer, ending, nowhere, summary

MOST = 200
"""How many findings of one rule and severity are listed; the others are only counted."""


def stream(audit: Audit, locate: Locate = nowhere) -> Iterator[str]:
    """The complete report, a line at a time."""
    return (f"{line}\n" for line in _lines(audit, Writer(locate)))


def head(audit: Audit) -> Iterator[str]:
    """The title and the summary."""
    yield "# Audit of access"
    yield ""
    yield f"{audit.version_words}. {markdown_cell(summary(audit))}"
    yield ""
    yield "| severity | findings |"
    yield "| --- | --- |"
    for severity, count in audit.counts().items():
        yield f"| {severity} | {count} |"


def method(audit: Audit) -> Iterator[str]:
    """The method of the audit and its limits."""
    yield ""
    yield "## Method and limits"
    for text in ending(audit):
        yield ""
        yield markdown_cell(text)


def explained(rule: RuleText) -> Iterator[str]:
    """Why a rule matters, how to fix its findings, and its references."""
    yield ""
    yield f"## {markdown_cell(rule.id)}: {markdown_cell(rule.title)}"
    yield ""
    yield f"{markdown_cell(rule.why)} An attacker gains: {markdown_cell(rule.gain)}"
    yield ""
    yield from _remedy(rule)


def _remedy(rule: RuleText) -> Iterator[str]:
    yield f"Remedy: {markdown_cell(rule.remedy)}"
    yield ""
    for reference in rule.references:
        yield f"- [{markdown_cell(reference.title)}]({reference.url})"


def _lines(audit: Audit, writer: Writer) -> Iterator[str]:
    yield from head(audit)
    for _, group in groupby(audit.findings, key=lambda finding: (finding.severity, finding.rule.id)):
        findings = list(group)
        rule = findings[0].rule
        yield ""
        yield f"## {findings[0].severity}: {markdown_cell(rule.title)} ({markdown_cell(rule.id)})"
        yield ""
        yield f"{markdown_cell(rule.why)} An attacker gains: {markdown_cell(rule.gain)}"
        yield ""
        yield "| who | where | what | through | smallest change |"
        yield "| --- | --- | --- | --- | --- |"
        for row in writer.rows(findings[:MOST]):
            yield _row(row)
        if len(findings) > MOST:
            yield ""
            yield f"{len(findings) - MOST} more findings are not listed; JSON and CSV hold them all."
        yield ""
        yield from _remedy(rule)
    yield from method(audit)


def _row(row: FindingRow) -> str:
    cells = (
        row.who,
        row.where,
        row.permission,
        "; ".join(grant.text for grant in row.grants) or (row.about.text if row.about else ""),
        "; ".join(row.changes),
    )
    texts = [markdown_cell(cell) for cell in cells]
    if row.said:
        texts[2] = " ".join(filter(None, (texts[2], markdown_cell(row.said))))
    return f"| {' | '.join(texts)} |"

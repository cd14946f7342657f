"""The findings of an audit as JUnit XML, for CI: a test suite for each rule, a failure for each finding."""

from collections.abc import Sequence

from rbacpsp.audit import Audit, Finding, Severity
from rbacpsp.audit.rule_text import RuleText
from rbacpsp.report.findings import FindingRow, Locate, Writer, nowhere
from rbacpsp.report.suites import Case, Suite


def suites(
    audit: Audit, locate: Locate = nowhere, *, fail_on: Severity = Severity.INFO
) -> tuple[str, list[Suite]]:
    """The name of the report and its suites.

    A finding below the threshold is a passed case whose output is the finding.
    """
    by_rule: dict[str, list[Finding]] = {rule.id: [] for rule in audit.rules}
    rules: dict[str, RuleText] = {rule.id: rule for rule in audit.rules}
    for finding in audit.findings:
        by_rule.setdefault(finding.rule.id, []).append(finding)
        rules[finding.rule.id] = finding.rule
    writer = Writer(locate)
    return "rbacpsp audit", [
        _suite(rules[number], findings, writer, fail_on) for number, findings in sorted(by_rule.items())
    ]


def _suite(rule: RuleText, findings: Sequence[Finding], writer: Writer, fail_on: Severity) -> Suite:
    name = f"{rule.id} {rule.title}"
    if not findings:
        return Suite.of(name, [Case(rule.id, rule.title)])
    failures = sum(finding.severity.reaches(fail_on) for finding in findings)
    return Suite(name, len(findings), failures, (_case(rule, row, fail_on) for row in writer.rows(findings)))


def _case(rule: RuleText, row: FindingRow, fail_on: Severity) -> Case:
    position = row.about or (row.grants[0].binding if row.grants else None)
    body = "\n".join(
        [
            row.sentence,
            *(f"through {grant.text}" for grant in row.grants),
            *(f"change: {change}" for change in row.changes),
        ]
    )
    severity = row.finding.severity
    return Case(
        classname=rule.id,
        name=f"{row.who}, {row.where}",
        file=position.file if position else "",
        line=position.line if position else 0,
        body=body,
        failure=row.sentence if severity.reaches(fail_on) else "",
        type=str(severity),
    )

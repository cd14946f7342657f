"""The findings of an audit as JUnit XML, for CI: a test suite a rule, a failure a finding."""

from collections.abc import Iterator, Sequence

from rbacpsp.audit import Audit, Finding, Rule, Severity
from rbacpsp.report.findings import Locate, Row, Writer, nowhere
from rbacpsp.report.junit import Case, Suite, lines


def pieces(audit: Audit, locate: Locate = nowhere, *, fail_on: Severity = Severity.INFO) -> Iterator[str]:
    """The report; findings below the threshold are passed cases that say what was found."""
    by_rule: dict[str, list[Finding]] = {rule.id: [] for rule in audit.rules}
    rules = {rule.id: rule for rule in audit.rules}
    for finding in audit.findings:
        by_rule.setdefault(finding.rule.id, []).append(finding)
        rules[finding.rule.id] = finding.rule
    writer = Writer(locate)
    suites = [_suite(rules[number], found, writer, fail_on) for number, found in sorted(by_rule.items())]
    return lines("rbacpsp audit", suites)


def _suite(rule: Rule, found: Sequence[Finding], writer: Writer, fail_on: Severity) -> Suite:
    name = f"{rule.id} {rule.title}"
    if not found:
        return Suite.of(name, [Case(rule.id, rule.title)])
    failures = sum(finding.severity.reaches(fail_on) for finding in found)
    return Suite(name, len(found), failures, (_case(rule, row, fail_on) for row in writer.rows(found)))


def _case(rule: Rule, row: Row, fail_on: Severity) -> Case:
    place = row.about or (row.grants[0].binding if row.grants else None)
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
        file=place.file if place else "",
        line=place.line if place else 0,
        body=body,
        failure=row.sentence if severity.reaches(fail_on) else "",
        type=str(severity),
    )

"""The findings of an audit as JUnit XML, for CI: a test suite a rule, a failure a finding."""

from collections.abc import Sequence

from rbacpsp.audit import Audit, Finding, Rule, Severity
from rbacpsp.report.findings import Locate, Row, nowhere, rows
from rbacpsp.report.junit import Case, Suite, document


def render(audit: Audit, locate: Locate = nowhere, *, fail_on: Severity = Severity.INFO) -> str:
    """The report; findings below the threshold are passed cases that say what was found."""
    by_rule: dict[str, list[Finding]] = {rule.id: [] for rule in audit.rules}
    rules = {rule.id: rule for rule in audit.rules}
    for finding in audit.findings:
        by_rule.setdefault(finding.rule.id, []).append(finding)
        rules[finding.rule.id] = finding.rule
    suites = [
        _suite(rules[number], rows(found, locate), fail_on) for number, found in sorted(by_rule.items())
    ]
    return document("rbacpsp audit", suites)


def _suite(rule: Rule, found: Sequence[Row], fail_on: Severity) -> Suite:
    cases = [_case(rule, row, fail_on) for row in found]
    return Suite(f"{rule.id} {rule.title}", cases or [Case(rule.id, rule.title)])


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

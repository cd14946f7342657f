"""The findings of an audit as JUnit XML, for CI: a test suite a rule, a failure a finding."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from rbacpsp.audit import Audit, Finding, Rule, Severity
from rbacpsp.report.escape import line
from rbacpsp.report.findings import Locate, Row, nowhere, rows

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 cannot hold, not even escaped, or discourages."""


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
    failed = len(audit.at_least(fail_on))
    cases = sum(max(len(found), 1) for found in by_rule.values())
    head = f'<testsuites name="rbacpsp audit" tests="{cases}" failures="{failed}">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>", ""])


def _suite(rule: Rule, found: Sequence[Row], fail_on: Severity) -> str:
    failed = sum(row.finding.severity.reaches(fail_on) for row in found)
    name = _attribute(f"{rule.id} {rule.title}")
    cases = [_case(rule, row, fail_on) for row in found] or [
        f"    <testcase classname={_attribute(rule.id)} name={_attribute(rule.title)}/>"
    ]
    return "\n".join(
        [f'  <testsuite name={name} tests="{len(cases)}" failures="{failed}">', *cases, "  </testsuite>"]
    )


def _case(rule: Rule, row: Row, fail_on: Severity) -> str:
    head = f"    <testcase classname={_attribute(rule.id)} name={_attribute(f'{row.who}, {row.where}')}"
    place = row.about or (row.grants[0].binding if row.grants else None)
    if place and place.file:
        head += f' file={_attribute(place.file)} line="{place.line}"'
    body = "\n".join(
        [
            row.sentence,
            *(f"through {grant.text}" for grant in row.grants),
            *(f"change: {change}" for change in row.changes),
        ]
    )
    if not row.finding.severity.reaches(fail_on):
        return f"{head}>\n      <system-out>{_text(body)}</system-out>\n    </testcase>"
    failure = f"type={_attribute(str(row.finding.severity))} message={_attribute(row.sentence)}"
    return f"{head}>\n      <failure {failure}>{_text(body)}</failure>\n    </testcase>"


def _text(text: str) -> str:
    return escape("\n".join(map(line, _FORBIDDEN.sub(_spelled, text).split("\n"))))


def _attribute(text: str) -> str:
    return quoteattr(line(_FORBIDDEN.sub(_spelled, text)))


def _spelled(found: re.Match[str]) -> str:
    return repr(found[0])[1:-1]

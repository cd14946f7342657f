"""`-o junit`: JUnit reports: suites of cases, each passed or failed."""

import re
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from rbacpsp.report.escape import line
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Tested
from rbacpsp.report.suites import Case, Suite

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 forbids, even escaped, or discourages."""


def lines(name: str, suites: Sequence[Suite]) -> Iterator[str]:
    """The report in chunks of complete lines."""
    counts = _counts(sum(suite.tests for suite in suites), sum(suite.failures for suite in suites))
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={attribute(name)} {counts}>\n'
    for suite in suites:
        yield f"  <testsuite name={attribute(suite.name)} {_counts(suite.tests, suite.failures)}>\n"
        for case in suite.cases:
            yield f"{_case(case)}\n"
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _case(case: Case) -> str:
    """A case as XML."""
    head = f"    <testcase classname={attribute(case.classname)} name={attribute(case.name)}"
    if case.file:
        head += f' file={attribute(case.file)} line="{case.line}"'
    if case.failure:
        attributes = f"type={attribute(case.type)} message={attribute(case.failure)}"
        return f"{head}>\n      <failure {attributes}>{content(case.body)}</failure>\n    </testcase>"
    if case.body:
        return f"{head}>\n      <system-out>{content(case.body)}</system-out>\n    </testcase>"
    return f"{head}/>"


def _counts(tests: int, failures: int) -> str:
    return f'tests="{tests}" failures="{failures}"'


def content(text: str) -> str:
    """Lines as the content of an element."""
    return escape("\n".join(map(line, _FORBIDDEN.sub(_spelled, text).split("\n"))))


def attribute(text: str) -> str:
    """A text as the value of an attribute, with its quotes."""
    return quoteattr(line(_FORBIDDEN.sub(_spelled, text)))


def _spelled(match: re.Match[str]) -> str:
    return repr(match[0])[1:-1]


def write(answer: Tested, _headers: bool) -> Iterator[str]:
    """The report of the answer's suites."""
    return lines(*answer.suites())


FORMAT = Format("junit", ((Tested, write),))

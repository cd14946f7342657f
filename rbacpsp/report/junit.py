"""What every JUnit report of this program is made of: suites of cases, each passed or failed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from rbacpsp.report.escape import line

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 cannot hold, not even escaped, or discourages."""


class Case(NamedTuple):
    """One case."""

    classname: str
    name: str
    file: str = ""
    line: int = 0
    body: str = ""
    """What there is to say, in lines."""
    failure: str = ""
    """The message of the failure; empty: it passed, and the body is its output."""
    type: str = ""

    @property
    def text(self) -> str:
        """The case as XML."""
        head = f"    <testcase classname={attribute(self.classname)} name={attribute(self.name)}"
        if self.file:
            head += f' file={attribute(self.file)} line="{self.line}"'
        if self.failure:
            given = f"type={attribute(self.type)} message={attribute(self.failure)}"
            return f"{head}>\n      <failure {given}>{content(self.body)}</failure>\n    </testcase>"
        if self.body:
            return f"{head}>\n      <system-out>{content(self.body)}</system-out>\n    </testcase>"
        return f"{head}/>"


class Suite(NamedTuple):
    """Cases that belong together, counted beforehand: they may be made as they are written."""

    name: str
    tests: int
    failures: int
    cases: Iterable[Case]

    @classmethod
    def of(cls, name: str, cases: Sequence[Case]) -> "Suite":
        """A suite of cases that are there already."""
        return cls(name, len(cases), sum(bool(case.failure) for case in cases), cases)


def document(name: str, suites: Sequence[Suite]) -> str:
    """The report, its last newline included."""
    return "".join(lines(name, suites))


def lines(name: str, suites: Sequence[Suite]) -> Iterator[str]:
    """The report in pieces: whole lines, some at a time."""
    counts = _counts(sum(suite.tests for suite in suites), sum(suite.failures for suite in suites))
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={attribute(name)} {counts}>\n'
    for suite in suites:
        yield f"  <testsuite name={attribute(suite.name)} {_counts(suite.tests, suite.failures)}>\n"
        for case in suite.cases:
            yield f"{case.text}\n"
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _counts(tests: int, failures: int) -> str:
    return f'tests="{tests}" failures="{failures}"'


def content(text: str) -> str:
    """Lines as the content of an element."""
    return escape("\n".join(map(line, _FORBIDDEN.sub(_spelled, text).split("\n"))))


def attribute(text: str) -> str:
    """A text as the value of an attribute, in its quotes."""
    return quoteattr(line(_FORBIDDEN.sub(_spelled, text)))


def _spelled(found: re.Match[str]) -> str:
    return repr(found[0])[1:-1]

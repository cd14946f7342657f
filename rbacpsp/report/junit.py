"""What every JUnit report of this program is made of: suites of cases, each passed or failed."""

import re
from collections.abc import Sequence
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
    """Cases that belong together."""

    name: str
    cases: Sequence[Case]

    @property
    def failures(self) -> int:
        """How many of its cases failed."""
        return sum(bool(case.failure) for case in self.cases)

    @property
    def text(self) -> str:
        """The suite as XML."""
        head = f"  <testsuite name={attribute(self.name)} {_counts(len(self.cases), self.failures)}>"
        return "\n".join([head, *(case.text for case in self.cases), "  </testsuite>"])


def document(name: str, suites: Sequence[Suite]) -> str:
    """The report, its last newline included."""
    counts = _counts(sum(len(suite.cases) for suite in suites), sum(suite.failures for suite in suites))
    head = f"<testsuites name={attribute(name)} {counts}>"
    body = [suite.text for suite in suites]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *body, "</testsuites>", ""])


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

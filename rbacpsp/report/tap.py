"""`-o tap`: the Test Anything Protocol, version 13: a line for each case, and the reason of a failure."""

from collections.abc import Iterator

from rbacpsp.report.escape import line
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Tested


def write(answer: Tested, _headers: bool) -> Iterator[str]:
    """The plan, then the cases of all suites in their order."""
    _, suites = answer.suites()
    yield f"TAP version 13\n1..{sum(suite.tests for suite in suites)}\n"
    cases = (case for suite in suites for case in suite.cases)
    for number, case in enumerate(cases, 1):
        yield f"{'not ok' if case.failure else 'ok'} {number} - {_harmless(case.name)}\n"
        if case.failure:
            yield f"# {_harmless(f'{case.type}: {case.failure}')}\n"


def _harmless(text: str) -> str:
    """A text without a directive, which would begin with a number sign."""
    return line(text).replace("\\", "\\\\").replace("#", "\\#")


FORMAT = Format("tap", ((Tested, write),))

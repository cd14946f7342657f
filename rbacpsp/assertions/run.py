"""Runs assertions on a cluster; each passes, fails or cannot be asked."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from rbacpsp.assertions.assertion import Assertion
from rbacpsp.assertions.inputs import AssertionCluster
from rbacpsp.assertions.outcome import CannotBeAskedError, DemandFailure
from rbacpsp.assertions.reading import read_assertions
from rbacpsp.assertions.resolve import Asking
from rbacpsp.audit import Finding
from rbacpsp.model import User
from rbacpsp.model.argument_types import require, said, several
from rbacpsp.model.result import Shown, one_line
from rbacpsp.paths.path import Path
from rbacpsp.rbac.decision import Grant, sorted_grants

_ASSERTIONS = "the content of an assertion file, a dict, or assertions that were read of one"
PASSED = "pass"
FAIL = "fail"
CANNOT_BE_ASKED = "cannot be asked"


class AccessTestResult(Struct, frozen=True):
    """The result of one assertion."""

    assertion: Assertion
    result: str
    """`pass`, `fail` or `cannot be asked`."""
    why: str = ""
    """Why it does not pass; empty if it does."""
    grants: tuple[Grant, ...] = ()
    """The grants that allow what is asserted not to be allowed; none for members of system:masters."""
    paths: tuple[Path, ...] = ()
    """The paths to the goal that must not be reached."""
    findings: tuple[Finding, ...] = ()
    """The findings that must not exist."""

    def __repr__(self) -> str:
        why = f": {self.why}" if self.why else ""
        return one_line(f"<AccessTestResult {self.name!r}: {self.result}{why}>")

    @property
    def name(self) -> str:
        """The line of the assertion."""
        return self.assertion.name


class AccessTestResults(Shown, Struct, frozen=True):
    """The results of all assertions, in their order; true when all pass."""

    items: tuple[AccessTestResult, ...]

    def __repr__(self) -> str:
        results = (PASSED, FAIL, CANNOT_BE_ASKED)
        return f"<AccessTestResults: {', '.join(f'{self.count(result)} {result}' for result in results)}>"

    def count(self, result: str) -> int:
        """How many have a result."""
        return sum(item.result == result for item in self.items)

    def __bool__(self) -> bool:
        return self.count(PASSED) == len(self.items)


def test(
    cluster: AssertionCluster,
    assertions: Iterable[Assertion] | Mapping[str, object],
    *,
    include_system: bool = False,  # noqa: PT028 - this is the public name, not a test of pytest
    live: User | None = None,  # noqa: PT028 - as above
) -> AccessTestResults:
    """Run assertions on a cluster.

    Args:
        cluster: The cluster.
        assertions: Those of `read_assertions`, or an assertion file as plain JSON values.
        include_system: Whether Kubernetes' own subjects count where only some may do something; the group
            system:masters, who may do everything, never does.
        live: Who is logged in, for assertions about `live`.

    Raises:
        AssertionFileError: A key, a kind of subject or a type in the file is wrong.
        TypeError: Something else than a cluster and assertions was passed.
        ValueError: There is no assertion, so that the results would prove nothing.
    """
    if not hasattr(cluster, "authorizer"):
        raise TypeError(f"cluster must be a Cluster, not {said(cluster)}")
    if isinstance(assertions, Mapping):
        cases = read_assertions(assertions)
    else:
        cases = several("assertions", assertions, _ASSERTIONS)
        for case in cases:
            require("assertions", case, Assertion, _ASSERTIONS)
    if not cases:
        raise ValueError("assertions is empty, so that the results would prove nothing")
    asking = Asking(cluster, include_system=include_system, live=live)
    return AccessTestResults(tuple(judged(case, asking) for case in cases))


def judged(assertion: Assertion, asking: Asking) -> AccessTestResult:
    """The result of an assertion; a failure outweighs what could not be checked."""
    try:
        outcome = assertion.demand.judge(asking)
    except CannotBeAskedError as error:
        return AccessTestResult(assertion, CANNOT_BE_ASKED, str(error))
    if outcome.failures:
        return _failed(assertion, outcome.failures)
    if outcome.doubts:
        return AccessTestResult(assertion, CANNOT_BE_ASKED, outcome.doubts[0])
    return AccessTestResult(assertion, PASSED)


def _failed(assertion: Assertion, failures: list[DemandFailure]) -> AccessTestResult:
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    return AccessTestResult(
        assertion,
        FAIL,
        failures[0].why + more,
        sorted_grants(grant for failure in failures for grant in failure.grants),
        tuple(failure.path for failure in failures if failure.path is not None),
        tuple(failure.finding for failure in failures if failure.finding is not None),
    )

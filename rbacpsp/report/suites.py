"""Suites of passed and failed cases, independent of the format."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Case(NamedTuple):
    """A test case, passed or failed."""

    classname: str
    name: str
    file: str = ""
    line: int = 0
    body: str = ""
    """The output of the case, or the details of its failure, in lines."""
    failure: str = ""
    """The message of the failure; empty if the case passed."""
    type: str = ""


class Suite(NamedTuple):
    """Cases that belong together, with their number, so that they can be made while they are written."""

    name: str
    tests: int
    failures: int
    cases: Iterable[Case]

    @classmethod
    def of(cls, name: str, cases: Sequence[Case]) -> "Suite":
        """A suite of cases that are already made."""
        return cls(name, len(cases), sum(bool(case.failure) for case in cases), cases)

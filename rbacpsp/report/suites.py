"""Suites of passed and failed cases, independent of the format."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


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

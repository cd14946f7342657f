"""Describes what is wrong with an input, in one line for each problem."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from rbacpsp.model.printable import shown

MOST = 20
"""How many similar problems are listed; the others are counted."""
_VARIABLE = re.compile(r'"[^"]*"|\d+|\bmean .*')


class Problem(Struct, frozen=True):
    """One thing that could not be read: where, what is wrong, and what to do about it.

    `document` counts the documents of a file that have content, from 1; 0 means the complete file.
    `line` is 0 where it is not known.
    """

    file: str
    document: int
    line: int
    message: str
    advice: str

    @property
    def location(self) -> str:
        """File, document and line, as far as they are known."""
        parts = [shown(self.file) or '""']
        if self.document:
            parts.append(f"document {self.document}")
        if self.line:
            parts.append(f"line {self.line}")
        return ", ".join(parts)

    def __str__(self) -> str:
        return f"{self.location}: {self.message}; {self.advice}"


def summed(problems: Iterable[Problem]) -> Iterator[str]:
    """A line for each problem; of those with the same advice the first `MOST` and the count of the rest."""
    sorts: Counter[str] = Counter()
    advices: dict[str, str] = {}
    for problem in problems:
        sort = _VARIABLE.sub("", problem.advice)
        sorts[sort] += 1
        if sorts[sort] <= MOST:
            yield str(problem)
        else:
            advices.setdefault(sort, problem.advice)
    for sort, advice in advices.items():
        yield f"and {sorts[sort] - MOST} more such problems: {advice}"


class LoadError(Exception):
    """The input could not be read, or not all of it; `problems` names every cause."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(summed(self.problems)))

"""What is wrong with an input, one clear line each."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

LONGEST = 120
MOST = 20
"""How many problems of one sort are named before the rest is counted."""
_VARIABLE = re.compile(r'"[^"]*"|\d+|\bmean .*')


def shown(text: str, longest: int = LONGEST) -> str:
    """A text from an input as it may be printed: characters that a terminal would act on are written out.

    A long text is shortened in its middle. Names from a cluster are hostile until they have passed here.
    """
    if len(text) > longest:
        text = f"{text[: longest // 2]}...{text[-longest // 4 :]}"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Problem(Struct, frozen=True):
    """One thing that could not be read: where, what is wrong, and what to do about it.

    `document` counts the documents of a file that have content, from 1; 0 where the whole file is meant.
    `line` is 0 where none can be named.
    """

    file: str
    document: int
    line: int
    message: str
    advice: str

    @property
    def place(self) -> str:
        """File, document and line, as far as they are known."""
        place = [shown(self.file)]
        if self.document:
            place.append(f"document {self.document}")
        if self.line:
            place.append(f"line {self.line}")
        return ", ".join(place)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}; {self.advice}"


def summed(problems: Iterable[Problem]) -> Iterator[str]:
    """A line a problem; of those that are mended in one way the first `MOST`, and then their count."""
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

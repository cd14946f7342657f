"""What is wrong with an input, one clear line each."""

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 120


def shown(text: str) -> str:
    """A text from an input as it may be printed: characters that a terminal would act on are written out.

    A long text is shortened in its middle. Names from a cluster are hostile until they have passed here.
    """
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}...{text[-LONGEST // 4 :]}"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@dataclass(frozen=True, slots=True)
class Problem:
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


class LoadError(Exception):
    """The input could not be read, or not all of it; `problems` names every cause."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

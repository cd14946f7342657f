"""Base classes of results: HTML in a notebook, the command's table for `print`, a DataFrame for pandas.

The packages that know how a result looks are imported when one is shown, so that decisions need not import
them.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_LONGEST = 300
"""Characters of a text that a `repr` shows."""


class Shown:
    """A result that shows itself."""

    __slots__ = ()

    def __str__(self) -> str:
        """What the command that answers the same question prints."""
        return text(self)

    def _repr_html_(self) -> str:
        """What Jupyter shows below a cell."""
        return html(self)


class Framed:
    """A result that can be converted to a DataFrame of pandas."""

    __slots__ = ()

    def frame(self) -> "pd.DataFrame":
        """The result as a DataFrame; `rbacpsp.frames` documents its columns."""
        data_frame: pd.DataFrame = import_module("rbacpsp.frames").frame_of(self)
        return data_frame


def text(result: object) -> str:
    """The text of a result: what the command prints."""
    return str(import_module("rbacpsp.display").text(result))


def html(result: object) -> str:
    """The HTML of a result for a notebook."""
    return str(import_module("rbacpsp.display").html(result))


def counted(number: int, word: str, plural: str = "") -> str:
    """A number of things: `1 pod`, `2 pods`, or with a plural of its own `2 policies`."""
    return f"{number} {word if number == 1 else plural or f'{word}s'}"


def enumerated(words: Iterable[str]) -> str:
    """One or more words in a sentence: `a`, `a and b`, `a, b and c`."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def counts(result: object, *fields: str) -> str:
    """A `repr` that only counts the members of some fields: `<Opened: 2 findings, 0 paths>`."""
    numbers = (f"{len(getattr(result, field))} {field.replace('_', ' ')}" for field in fields)
    return f"<{type(result).__name__}: {', '.join(numbers)}>"


def one_line(full_text: str) -> str:
    """A text as a `repr` shows it: characters that cannot be printed are escaped, and a long text is cut."""
    shown = (
        full_text
        if full_text.isprintable()
        else "".join(c if c.isprintable() else repr(c)[1:-1] for c in full_text)
    )
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."

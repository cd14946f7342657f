"""Results that show themselves: as HTML in a notebook, as a command's table to `print`, as a frame to pandas.

How a result looks is no business of the room that makes it. These three find the room that knows by its name,
when a result is shown and not before.
"""

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
    """A result that pandas can work on."""

    __slots__ = ()

    def frame(self) -> "pd.DataFrame":
        """The result as a DataFrame; `rbacpsp.frames` documents its columns."""
        found: pd.DataFrame = import_module("rbacpsp.frames").frame_of(self)
        return found


def text(result: object) -> str:
    """What `str` says about a result."""
    return str(import_module("rbacpsp.display").text(result))


def html(result: object) -> str:
    """What a notebook shows of a result."""
    return str(import_module("rbacpsp.display").html(result))


def one_line(said: str) -> str:
    """A text as a `repr` shows it: what cannot be printed is spelled out, and a long text is cut."""
    shown = said if said.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in said)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."

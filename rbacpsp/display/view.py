"""The parts of a result that are shown, before they become HTML."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from rbacpsp.report.answer import Table


@dataclass(frozen=True, slots=True)
class ResultView:
    """A few lines and tables, with names exactly as the cluster has them."""

    title: str
    """The result in a few words."""
    good: bool | None = None
    """Whether the answer is yes; None if it is neither yes nor no."""
    lines: tuple[str, ...] = ()
    """The lines above the tables."""
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    """The limits of the answer, below the tables."""
    more: str = ""
    """The Python expression that gives the rows that a cut table leaves out."""


class Showing(NamedTuple):
    """How the results of a class are shown."""

    text: Callable[[Any], str]
    view: Callable[[Any], ResultView]

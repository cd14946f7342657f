"""What is shown of a result, before it is HTML."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from rbacpsp.report.answer import Table


@dataclass(frozen=True, slots=True)
class View:
    """A few lines and tables; names stand in it as the cluster has them."""

    title: str
    """What was found, in a few words."""
    good: bool | None = None
    """Whether the answer is yes; None where it is neither yes nor no."""
    lines: tuple[str, ...] = ()
    """What is said above the tables."""
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    """What limits the answer, said below."""
    more: str = ""
    """The Python that gives what a cut table leaves out."""


class Showing(NamedTuple):
    """How the results of a class are shown."""

    text: Callable[[Any], str]
    view: Callable[[Any], View]

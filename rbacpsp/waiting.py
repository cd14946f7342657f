"""Shows the progress of long work below a notebook's cell: a bar that disappears when the work ends.

Only a notebook shows progress unasked: a program passes `progress=`.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from time import monotonic
from typing import Any

from rbacpsp.model.progress import ProgressContext, ReportProgress
from rbacpsp.report.escape import html_text

QUIET_SECONDS = 2.0
"""Work that finishes sooner shows no progress."""
_EVERY_SECONDS = 0.2
CLASS = "rbacpsp-progress"
"""The class of the bar in HTML."""


@contextmanager
def step_progress(
    what: str, steps: int, report: Callable[[str], None] | None
) -> Iterator[Callable[[str], None] | None]:
    """The function to call with each step: the one that was passed, or else a notebook's bar, or else None.

    Args:
        what: A word for the work: `audit`.
        steps: How many steps there will be, at most.
        report: The function that was passed.
    """
    if report is not None:
        yield report
        return
    with _bar(what) as bar:
        count = 0

        def say(step: str) -> None:
            nonlocal count
            count += 1
            if bar is not None:
                bar.show(step, min(count, steps), steps)

        yield None if bar is None else say


@contextmanager
def list_progress(what: str, report: ReportProgress | None) -> Iterator[ReportProgress | None]:
    """The function to call with the progress of each list: the one passed, or else a notebook's bar."""
    if report is not None:
        yield report
        return
    with _bar(what) as bar:
        lists: dict[str, tuple[int, int]] = {}

        def say(resource: str, read: int, total: int) -> None:
            lists[resource] = (read, total)
            done, of_all = (sum(counts) for counts in zip(*lists.values(), strict=True))
            if bar is not None:
                bar.show(resource, done, of_all)

        yield None if bar is None else say


def progress_of(what: str) -> ProgressContext:
    """For work that begins later: its progress is shown in a notebook from its beginning to its end.

    Args:
        what: A word for the work: `paths`.
    """
    return partial(_report_to_bar, what)


@contextmanager
def _report_to_bar(what: str) -> Iterator[ReportProgress | None]:
    with _bar(what) as bar:
        yield None if bar is None else bar.show


_SHOWN_BARS: "list[Bar]" = []
"""The bar that is shown now, if any."""


@contextmanager
def _bar(what: str) -> "Iterator[Bar | None]":
    """The bar of work that begins; None outside a notebook, and within work that already has a bar."""
    if _SHOWN_BARS or not in_notebook():
        yield None
        return
    bar = Bar(what)
    _SHOWN_BARS.append(bar)
    try:
        yield bar
    finally:
        _SHOWN_BARS.remove(bar)
        bar.remove()


def in_notebook() -> bool:
    """Whether this runs in the kernel of a notebook."""
    ipython: Any = sys.modules.get("IPython")
    if ipython is None:
        return False
    return type(ipython.get_ipython()).__name__ == "ZMQInteractiveShell"


class Bar:
    """A bar below the cell that runs."""

    def __init__(self, what: str, clock: Callable[[], float] = monotonic) -> None:
        self._what = what
        self._clock = clock
        self._start = self._last = clock()
        self._handle: Any = None

    def show(self, doing: str, done: int, of: int) -> None:
        """Show the progress: nothing in the first seconds, and no update that would be too fast to see."""
        now = self._clock()
        if now - self._start < QUIET_SECONDS or now - self._last < _EVERY_SECONDS:
            return
        self._last = now
        text = f"{self._what}: {doing}, {done:,} of {of:,}, {now - self._start:.0f} s"
        self._put(f'<progress value="{done}" max="{of}"></progress> {html_text(text)}')

    def remove(self) -> None:
        """Remove the bar, if it is shown."""
        if self._handle is not None:
            self._put("")

    def _put(self, inner: str) -> None:
        ipython: Any = import_module("IPython.display")
        shown = ipython.HTML(f'<div class="{CLASS}">{inner}</div>')
        if self._handle is None:
            self._handle = ipython.display(shown, display_id=True)
        else:
            self._handle.update(shown)

"""How far long work is, below a notebook's cell: a bar that comes when it takes a while, and goes at its end.

Only a notebook is told by itself: a program says with `progress=` what it wants to be told.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from time import monotonic
from typing import Any

from rbacpsp.model.telling import Telling, Told
from rbacpsp.report.escape import html_text

QUIET_SECONDS = 2.0
"""Work that is done sooner shows nothing."""
_EVERY_SECONDS = 0.2
CLASS = "rbacpsp-progress"
"""The class of the bar in HTML."""


@contextmanager
def steps_told(
    what: str, steps: int, told: Callable[[str], None] | None
) -> Iterator[Callable[[str], None] | None]:
    """Whom to tell, step by step, what is being done: the one who was given, else a notebook's bar.

    Args:
        what: What takes long: `audit`.
        steps: How many steps there will be, at most.
        told: Who was given.
    """
    if told is not None:
        yield told
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
def lists_told(what: str, told: Told | None) -> Iterator[Told | None]:
    """Whom to tell how much of each list was read: the one who was given, else a notebook's bar."""
    if told is not None:
        yield told
        return
    with _bar(what) as bar:
        lists: dict[str, tuple[int, int]] = {}

        def say(resource: str, read: int, total: int) -> None:
            lists[resource] = (read, total)
            done, whole = (sum(each) for each in zip(*lists.values(), strict=True))
            if bar is not None:
                bar.show(resource, done, whole)

        yield None if bar is None else say


def telling(what: str) -> Telling:
    """For work that begins later: it tells a notebook's bar, from its beginning to its end.

    Args:
        what: What takes long: `paths`.
    """
    return partial(_begun, what)


@contextmanager
def _begun(what: str) -> Iterator[Told | None]:
    with _bar(what) as bar:
        yield None if bar is None else bar.show


_UNDER_WAY: "list[Bar]" = []
"""The bar that is told now, if any."""


@contextmanager
def _bar(what: str) -> "Iterator[Bar | None]":
    """The bar of work that begins; None outside a notebook, and within work that has a bar already."""
    if _UNDER_WAY or not in_notebook():
        yield None
        return
    bar = Bar(what)
    _UNDER_WAY.append(bar)
    try:
        yield bar
    finally:
        _UNDER_WAY.remove(bar)
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
        """Show how far the work is; nothing while it is young, and not more often than can be seen."""
        now = self._clock()
        if now - self._start < QUIET_SECONDS or now - self._last < _EVERY_SECONDS:
            return
        self._last = now
        text = f"{self._what}: {doing}, {done:,} of {of:,}, {now - self._start:.0f} s"
        self._put(f'<progress value="{done}" max="{of}"></progress> {html_text(text)}')

    def remove(self) -> None:
        """Take the bar away, where there is one."""
        if self._handle is not None:
            self._put("")

    def _put(self, inner: str) -> None:
        ipython: Any = import_module("IPython.display")
        shown = ipython.HTML(f'<div class="{CLASS}">{inner}</div>')
        if self._handle is None:
            self._handle = ipython.display(shown, display_id=True)
        else:
            self._handle.update(shown)

"""Reports the progress of long work."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

T = TypeVar("T")

ReportProgress = Callable[[str, int, int], None]
"""Called with what is being worked on, how many of them are done, and how many there are."""
ProgressContext = Callable[[], AbstractContextManager[ReportProgress | None]]
"""Called when the work begins: a context that gives the function to call until it ends, or None."""
_EVERY = 100
"""The number of items between two reports."""


def no_progress() -> AbstractContextManager[None]:
    """For work whose progress is not reported."""
    return nullcontext()


class Count:
    """Counts items while they are worked on, and reports their number now and then.

    Args:
        report: Called with each report; None: no reports.
        what: A word for the items.
        total: The total number of items.
    """

    def __init__(self, report: ReportProgress | None, what: str, total: int) -> None:
        self._report = report
        self._what = what
        self._total = total
        self._done = 0

    def __call__(self, items: Iterable[T]) -> Iterator[T]:
        """The items, counted as they are taken."""
        report = self._report
        for item in items:
            if report is not None and self._done % _EVERY == 0:
                report(self._what, self._done, self._total)
            yield item
            self._done += 1

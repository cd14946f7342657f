"""Describes the time that a log covers and the data that it lacks, for statements about use."""

from msgspec import Struct

from rbacpsp.auditlog.reading import Damaged
from rbacpsp.auditlog.timeline import LogGap

MIN_DAYS = 30.0
"""With fewer days of log a permission is "not seen" instead of "unused"."""


_TOLD_DAYS = 0.05
"""A silence of at least this many days is told."""


class Window(Struct, frozen=True):
    """The extent of a log, and the data that it lacks."""

    first: str
    """When the first event was received, in UTC; empty if no event has a time."""
    last: str
    days: float
    """Between the two."""
    silent_days: float
    """The part of them in which no server wrote anything for more than an hour."""
    requests: int
    """The distinct decided events."""
    allowed: int
    denied: int
    duplicates: int
    """Events whose auditID was already counted."""
    damaged: int
    """Lines that are not events."""
    damaged_places: tuple[Damaged, ...]
    """The first of them."""
    undecided: int
    """Finished requests without a decision: they ended before they were authorized."""
    servers: tuple[str, ...]
    gaps: tuple[LogGap, ...]
    """The times above an hour in which a server wrote nothing."""
    unexplained: int
    """The distinct requests that were allowed but these grants refuse, since grants have changed."""
    hidden: tuple[str, ...]
    """Sentences about what the log does not show because the audit policy or the export omits it."""

    @property
    def unparsed(self) -> float:
        """The share of lines that are not events."""
        read = self.requests + self.duplicates + self.undecided + self.damaged
        return self.damaged / read if read else 0.0

    @property
    def words(self) -> str:
        """The window in words: `37.2 days of log, 2026-10-01 to 2026-11-07, no gaps`."""
        when = f", {self.first[:10]} to {self.last[:10]}" if self.first else ""
        gaps = len(self.gaps)
        silent = "no gaps" if not gaps else f"{gaps} gap{'' if gaps == 1 else 's'} above an hour"
        silent += f", {self.silent_days:.1f} days in all" if self.silent_days >= _TOLD_DAYS else ""
        damaged = f", {self.unparsed:.2%} of the lines unreadable" if self.damaged else ""
        return f"{self.days:.1f} days of log{when}, {silent}{damaged}"

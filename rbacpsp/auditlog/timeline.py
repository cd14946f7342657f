"""Tracks when a log was written: its first and last event, and the gaps in which a server wrote nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

LONGEST_SILENCE = timedelta(hours=1)
"""A server that is silent for longer was not logging or not running, since each has regular work."""
_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


class LogGap(Struct, frozen=True):
    """A time in which a server wrote nothing."""

    server: str
    start: str
    end: str

    @property
    def span(self) -> timedelta:
        """How long it is."""
        start, end = parsed_time(self.start), parsed_time(self.end)
        return end - start if start and end else timedelta()


class Timeline:
    """The first and the last event of every hour, by server, whatever the order of the files."""

    def __init__(self) -> None:
        self._hours: dict[str, dict[str, list[str]]] = {}

    def hours_of(self, server: str) -> dict[str, list[str]]:
        """The first and the last time by hour, which the innermost loop fills in."""
        return self._hours.setdefault(server, {})

    @property
    def first(self) -> str:
        """The time of the first event; empty if no event was read."""
        return min(
            (times[0] for hours in self._hours.values() for times in hours.values() if times[0]), default=""
        )

    @property
    def last(self) -> str:
        """The time of the last event."""
        return max((times[1] for hours in self._hours.values() for times in hours.values()), default="")

    @property
    def span(self) -> timedelta:
        """The time from the first event to the last."""
        first, last = parsed_time(self.first), parsed_time(self.last)
        return last - first if first and last else timedelta()

    @property
    def days(self) -> float:
        """The time from the first event to the last in days."""
        return self.span / timedelta(days=1)

    @property
    def silent_days(self) -> float:
        """The days between the first event and the last in which no server wrote anything for an hour."""
        joined: dict[str, list[str]] = {}
        for hours in self._hours.values():
            for hour, (start, end) in hours.items():
                times = joined.setdefault(hour, [start, end])
                times[:] = [min(times[0], start), max(times[1], end)]
        return sum(gap.span / timedelta(days=1) for gap in _gaps("", joined))

    @property
    def servers(self) -> tuple[str, ...]:
        """The servers that wrote the log."""
        return tuple(sorted(server for server, hours in self._hours.items() if hours))

    @property
    def gaps(self) -> tuple[LogGap, ...]:
        """The times above an hour in which a server wrote nothing, between its own first and last event."""
        return tuple(gap for server in self.servers for gap in _gaps(server, self._hours[server]))


def _gaps(server: str, hours: dict[str, list[str]]) -> Iterator[LogGap]:
    last_event = ""
    for hour in sorted(hours):
        start, end = hours[hour]
        earlier, later = parsed_time(last_event), parsed_time(start)
        if earlier and later and later - earlier > LONGEST_SILENCE:
            yield LogGap(server, last_event, start)
        last_event = end


def parsed_time(text: str) -> datetime | None:
    """A time of RFC 3339, or a day; None for any other text."""
    try:
        time_read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time_read.astimezone(UTC) if time_read.tzinfo else time_read.replace(tzinfo=UTC)


def normal_time(text: str) -> str:
    """A time as the API server writes it, so that texts sort as times do; any other text becomes empty."""
    time_read = parsed_time(text)
    return time_read.strftime(_FORM) if time_read else ""

"""One section of a difference, independent of the format."""

from collections.abc import Callable
from dataclasses import dataclass, field

from rbacpsp.model.json import JSONObject
from rbacpsp.report.answer import Table

COLUMNS = ("change", "subject", "scope", "verbs", "on", "except", "through", "role", "file")
"""The columns of the table of all sections (CSV); only the section of access fills all of them."""
WIDE = frozenset({"role", "file"})

Location = tuple[str, int]
"""A file, empty if there is none, and a line, 0 if there are no lines."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A change that a reviewer must look at, for code scanning."""

    rule: str
    """Its id: that of a rule of the audit, or of a sort of change."""
    title: str
    """The sort of change."""
    help: str
    """What it means."""
    level: str
    """`error`, `warning` or `note`."""
    message: str
    words: str
    """The object that causes it."""
    location: Location
    key: tuple[str, ...]
    """What distinguishes it from other alarms of its rule."""


@dataclass(frozen=True, slots=True)
class DiffSection:
    """The differences of two states in one respect."""

    name: str
    """As JSON and options name it: `access`, `admission`, `findings`, `paths`, `objects`."""
    counts: tuple[tuple[int, str], ...]
    """The number of changes of each sort, with its word: (3, "gained")."""
    table: Table
    rows: tuple[tuple[str, ...], ...]
    """The same for the table of all sections, with a cell for each of `COLUMNS`."""
    data: Callable[[], JSONObject]
    """Makes its member of the JSON, which most formats do not show."""
    alarms: Callable[[], list[Alarm]]
    notes: tuple[str, ...] = field(default=())
    """What could not be compared, a sentence each."""

    def __bool__(self) -> bool:
        return bool(self.table.rows)

    @property
    def summary(self) -> str:
        """The counts in words: `3 gained, 1 lost`; empty where nothing differs."""
        return ", ".join(f"{count} {word}" for count, word in self.counts if count)


def plural(count: int, one: str, many: str) -> tuple[int, str]:
    """A count with its word."""
    return count, one if count == 1 else many

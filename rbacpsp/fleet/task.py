"""The task of a run for one snapshot, and its outcome."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from rbacpsp.fleet.inputs import Input
from rbacpsp.fleet.question import Question
from rbacpsp.fleet.results import ParquetPart, short

OK, PARTIAL, EMPTY = "ok", "partial", "empty"
UNREADABLE, TIMEOUT, KILLED = "unreadable", "timeout", "killed"
READ = frozenset({OK, PARTIAL})
"""The statuses of clusters that were read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of time and memory for one snapshot."""

    seconds: float = 120
    memory: int = 2 << 30
    """Bytes of address space in addition to those of the program itself."""


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How snapshots are read: the same options as those of commands about one cluster."""

    keep_going: bool = False
    """Whether a document that cannot be read is skipped."""
    duplicates: str = "refuse"
    """How to treat a key that appears twice in an object: `refuse`, or `last`."""
    kubernetes_version: str | None = None
    """The server to imitate; None: the version in the snapshot."""


@dataclass(frozen=True, slots=True)
class FleetTask:
    """A question to one snapshot, and the address of the answer."""

    input: Input
    question: Question
    day: date
    results: str
    run: str
    key: str
    limits: Limits = Limits()
    reading: ReadingOptions = ReadingOptions()

    @property
    def part(self) -> ParquetPart:
        """The name of its parts."""
        return ParquetPart(short(self.input.source), self.key)


class TaskOutcome(msgspec.Struct, frozen=True):
    """The outcome of a task: its row of the table `clusters`, without the columns that the task knows."""

    status: str
    reason: str | None = None
    seconds: float = 0.0
    memory: int = 0
    objects: int | None = None
    version: str | None = None
    rows: int = 0
    worst: str | None = None

    @property
    def is_read(self) -> bool:
        """Whether the cluster was read."""
        return self.status in READ

    def row(self, snapshot: Input, program: str, schema: int) -> dict[str, Any]:
        """The row."""
        return {
            **msgspec.structs.asdict(self),
            "source": snapshot.source,
            "cluster": snapshot.cluster,
            "etag": snapshot.etag or None,
            "program": program,
            "schema": schema,
        }


def too_little(task: FleetTask) -> str:
    """The reason for the failure of a task that ran out of memory."""
    return f"it takes more than {task.limits.memory >> 20} MiB of memory: allow more with --memory"

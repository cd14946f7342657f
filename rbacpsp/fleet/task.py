"""One snapshot's share of a run, and what came of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from rbacpsp.fleet.inputs import Input
from rbacpsp.fleet.question import Question
from rbacpsp.fleet.results import Part, short

OK, PARTIAL, EMPTY = "ok", "partial", "empty"
UNREADABLE, TIMEOUT, KILLED = "unreadable", "timeout", "killed"
READ = frozenset({OK, PARTIAL})
"""The statuses of clusters that were read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one snapshot may cost."""

    seconds: float = 120
    memory: int = 2 << 30
    """Bytes of address space beyond what the program itself takes."""


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How snapshots are read, as the options of a command of one cluster say it."""

    keep_going: bool = False
    """Whether a document that cannot be read is passed over."""
    duplicates: str = "refuse"
    """What becomes of a key that is there twice in an object: `refuse`, or `last`."""
    kubernetes_version: str | None = None
    """The server to imitate; None: what the snapshot says."""


@dataclass(frozen=True, slots=True)
class Task:
    """A question to one snapshot, and where the answer goes."""

    input: Input
    question: Question
    day: date
    results: str
    run: str
    key: str
    limits: Limits = Limits()
    reading: ReadingOptions = ReadingOptions()

    @property
    def part(self) -> Part:
        """The name of its parts."""
        return Part(short(self.input.source), self.key)


class Outcome(msgspec.Struct, frozen=True):
    """What came of a task: its row of the table `clusters`, but for what the task says itself."""

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


def too_little(task: Task) -> str:
    """Why a task was ended that ran out of memory."""
    return f"it takes more than {task.limits.memory >> 20} MiB of memory: allow more with --memory"

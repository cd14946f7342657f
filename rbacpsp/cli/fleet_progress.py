"""The progress of a run over a fleet: a changing line at a terminal, and a summary at the end."""

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

import click

from rbacpsp.cli.errors import note

if TYPE_CHECKING:
    from rbacpsp.fleet.run import FleetPlan
    from rbacpsp.fleet.task import FleetTask, TaskOutcome

_STATUSES = ("ok", "partial", "empty", "unreadable", "timeout", "killed")


class FleetProgress:
    """Shows how many clusters are done, how fast, how many failed, and the remaining time."""

    def __init__(self) -> None:
        self._watched = sys.stderr.isatty()
        self._total = self._done = self._failed = 0
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._watched:
            click.echo("\r\x1b[K", nl=False, err=True)

    def begun(self, plan: "FleetPlan") -> None:
        """Start to count, and say how many clusters of a continued run are done."""
        self._total = len(plan.tasks)
        self._started = time.monotonic()
        finished = len(plan.parts) - self._total
        if plan.continued and plan.tasks:
            note(f"run={plan.run.name} continues: {finished} of {len(plan.parts)} clusters are done.")

    def report_outcome(self, task: "FleetTask", outcome: "TaskOutcome") -> None:  # noqa: ARG002 - what an engine tells
        """Count a cluster that is done."""
        self._done += 1
        self._failed += not outcome.is_read
        if self._watched:
            rate = self._done / max(time.monotonic() - self._started, 1e-6)
            remaining = round((self._total - self._done) / rate)
            click.echo(
                f"\r\x1b[K{self._done} of {self._total} clusters, {rate:.1f} a second, "
                f"{self._failed} not read, {remaining // 60}:{remaining % 60:02} left ",
                nl=False,
                err=True,
            )

    def ended(self, address: str, rows: "list[dict[str, Any]]") -> None:
        """Write how many clusters have each status."""
        counts = Counter(row["status"] for row in rows)
        counts_text = ", ".join(f"{counts[status]} {status}" for status in _STATUSES if counts[status])
        clusters_text = "1 cluster" if len(rows) == 1 else f"{len(rows)} clusters"
        self.__exit__()
        note(f"{address}: {clusters_text}: {counts_text}.")

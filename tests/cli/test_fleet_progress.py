"""Tests the progress of a run over a fleet on a terminal: speed, failures, and remaining time."""

import io
import sys
from datetime import date
from typing import Any

import pytest

from rbacpsp.cli.fleet_progress import FleetProgress
from rbacpsp.fleet.inputs import Input
from rbacpsp.fleet.results import Results
from rbacpsp.fleet.run import FleetPlan
from rbacpsp.fleet.task import OK, UNREADABLE, FleetTask, TaskOutcome


class Terminal(io.StringIO):
    """A terminal that records its output."""

    def isatty(self) -> bool:
        return True


def report_outcome(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, *, continued: bool) -> str:
    """The output for a run of 125 clusters: 5 are done before, and one is not read."""
    now = [100.0]
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("rbacpsp.cli.fleet_progress.time.monotonic", lambda: now[0])
    question: Any = None
    tasks = [
        FleetTask(Input(f"{number}.json", str(number)), question, date.min, "r", "a", str(number))
        for number in range(125)
    ]
    plan = FleetPlan(Results("r").run("a"), tuple(task.part for task in tasks), tuple(tasks[5:]), continued)
    with FleetProgress() as progress:
        progress.begun(plan)
        for status in (OK, UNREADABLE, OK):
            now[0] += 0.5
            progress.report_outcome(tasks[5], TaskOutcome(status))
        progress.ended("r/run=a", [{"status": OK}] * 124 + [{"status": UNREADABLE}])
    return stream.getvalue()


def test_a_terminal_shows_speed_failures_and_remaining_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert report_outcome(Terminal(), monkeypatch, continued=True).replace("\x1b[K", "").split("\r") == [
        "run=a continues: 5 of 125 clusters are done.\n",
        "1 of 120 clusters, 2.0 a second, 0 not read, 1:00 left ",
        "2 of 120 clusters, 2.0 a second, 1 not read, 0:59 left ",
        "3 of 120 clusters, 2.0 a second, 1 not read, 0:58 left ",
        "r/run=a: 125 clusters: 124 ok, 1 unreadable.\n",
        "",
    ]


def test_a_pipe_gets_only_the_totals(monkeypatch: pytest.MonkeyPatch) -> None:
    assert report_outcome(io.StringIO(), monkeypatch, continued=False) == (
        "r/run=a: 125 clusters: 124 ok, 1 unreadable.\n"
    )

"""Begins or continues a run, and runs its open tasks."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from rbacpsp import __version__
from rbacpsp.fleet.engines import FleetEngine
from rbacpsp.fleet.errors import FleetError
from rbacpsp.fleet.inputs import Input
from rbacpsp.fleet.question import Question
from rbacpsp.fleet.results import ParquetPart, Results, Run, RunFile, short
from rbacpsp.fleet.tables import CLUSTERS, SCHEMA
from rbacpsp.fleet.task import FleetTask, Limits, ReadingOptions, TaskOutcome

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class FleetCommand:
    """A command over a fleet."""

    question: Question
    sources: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    reading: ReadingOptions = field(default_factory=ReadingOptions)

    @property
    def identity(self) -> str:
        """Equal for equal commands, whatever their engine and limits."""
        parts = [
            self.question.name,
            self.question.options,
            self.sources,
            sorted(self.names.items()),
            self.reading,
        ]
        return short(msgspec.json.encode(parts, order="sorted").decode())


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """A run, and its open tasks."""

    run: Run
    parts: tuple[ParquetPart, ...]
    """The names of the parts of every snapshot."""
    tasks: tuple[FleetTask, ...]
    continued: bool
    """Whether it already existed."""
    stale: tuple[tuple[str, ParquetPart], ...] = ()
    """The parts of snapshots that have changed or gone, by table; those of `clusters` first."""


def continued_or_new_run(
    results: Results, command: FleetCommand, name: str | None, now: datetime
) -> tuple[Run, RunFile, bool]:
    """The run that a command continues or begins.

    Args:
        results: The results of the fleet.
        command: The command.
        name: The value of `--run`; None: the newest unfinished run of the command, else a new one.
        now: The time.

    Raises:
        FleetError: The name is invalid or belongs to a run of another command, or the run has another schema.
    """
    if name is not None and not _NAME.fullmatch(name):
        raise FleetError(f'--run "{name}": write letters, digits, "-", "_" and ".", at most 100')
    files = {
        run_name: run_file
        for run_name in results.runs()
        if (run_file := results.run(run_name).file()) is not None
    }
    if name is None:
        same_command = [
            run_name for run_name, run_file in files.items() if run_file.identity == command.identity
        ]
        unfinished = [run_name for run_name in same_command if not results.run(run_name).is_finished]
        newest = max(unfinished, key=lambda run_name: (files[run_name].started, run_name), default=None)
        name = newest or _free(now.astimezone(UTC).strftime(_STAMP), files)
    run = results.run(name)
    existing = files.get(name)
    if existing is None:
        new_file = _file(command, now)
        if run.begin(new_file):
            return run, new_file, False
        existing = run.file()  # another process was faster
    if existing is None or existing.identity != command.identity:
        raise FleetError(
            f"{run.address} is a run of another command ({existing.command if existing else 'unknown'}, "
            "with other sources or options): give this one another --run"
        )
    return run, existing, True


def _file(command: FleetCommand, now: datetime) -> RunFile:
    return RunFile(
        SCHEMA,
        __version__,
        command.question.name,
        command.identity,
        now.astimezone(UTC).isoformat(timespec="seconds"),
        dict(command.question.options),
        command.sources,
    )


def _free(name: str, taken: Mapping[str, Any]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def plan_run(
    results: Results,
    command: FleetCommand,
    snapshots: Sequence[Input],
    run: Run,
    file: RunFile,
    *,
    continued: bool,
) -> FleetPlan:
    """The open tasks of a run; a snapshot is done when its part of `clusters` exists."""
    day = date.fromisoformat(file.started[:10])
    tasks = {
        task.part: task
        for task in (
            FleetTask(
                snapshot,
                command.question,
                day,
                results.address,
                run.name,
                _key(snapshot, command),
                command.limits,
                command.reading,
            )
            for snapshot in snapshots
        )
    }
    existing = {(table, part) for table in (CLUSTERS, *command.question.tables) for part in run.parts(table)}
    stale = sorted(
        ((table, part) for table, part in existing if part not in tasks),
        key=lambda snapshot: (snapshot[0] != CLUSTERS, snapshot),
    )
    open_tasks = tuple(task for part, task in tasks.items() if (CLUSTERS, part) not in existing)
    return FleetPlan(run, tuple(tasks), open_tasks, continued, tuple(stale))


def _key(snapshot: Input, command: FleetCommand) -> str:
    parts = [
        snapshot.source,
        snapshot.cluster,
        snapshot.etag,
        __version__,
        SCHEMA,
        command.question.name,
        command.question.options,
        command.reading,
    ]
    return short(msgspec.json.encode(parts, order="sorted").decode())


def run_tasks(
    plan: FleetPlan,
    engine: FleetEngine,
    now: Callable[[], datetime],
    report_outcome: Callable[[FleetTask, TaskOutcome], None],
) -> list[dict[str, Any]]:
    """Run the open tasks of a run; returns the rows of its table `clusters`, sorted by address.

    Args:
        plan: The run.
        engine: The engine that maps the tasks.
        now: The time.
        report_outcome: Called with each task and its outcome.

    Raises:
        FleetError: The run cannot continue; its results stay, and the same command continues it.
    """
    for table, part in plan.stale:
        plan.run.remove(table, part)
    open_parts = {task.part for task in plan.tasks}
    rows = list(plan.run.rows(CLUSTERS, [part for part in plan.parts if part not in open_parts]))
    if plan.tasks:
        for task, outcome in engine.outcomes(plan.tasks):
            report_outcome(task, outcome)
            rows.append(outcome.row(task.input, __version__, SCHEMA))
    if not plan.run.is_finished:
        plan.run.finish(now().astimezone(UTC).isoformat(timespec="seconds"), len(plan.parts))
    return sorted(rows, key=lambda row: str(row["source"]))

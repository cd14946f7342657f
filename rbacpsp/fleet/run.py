"""A run: it is begun or continued, and what is left of it is done."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from rbacpsp import __version__
from rbacpsp.fleet.engines import Engine
from rbacpsp.fleet.errors import FleetError
from rbacpsp.fleet.inputs import Input
from rbacpsp.fleet.question import Question
from rbacpsp.fleet.results import Part, Results, Run, RunFile, short
from rbacpsp.fleet.tables import CLUSTERS, SCHEMA
from rbacpsp.fleet.task import Limits, Outcome, ReadingOptions, Task

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Command:
    """A command over a fleet."""

    question: Question
    sources: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    reading: ReadingOptions = field(default_factory=ReadingOptions)

    @property
    def identity(self) -> str:
        """The same for the same command, whatever its engine and its limits."""
        said = [
            self.question.name,
            self.question.options,
            self.sources,
            sorted(self.names.items()),
            self.reading,
        ]
        return short(msgspec.json.encode(said, order="sorted").decode())


@dataclass(frozen=True, slots=True)
class Plan:
    """A run, and what is left to do of it."""

    run: Run
    parts: tuple[Part, ...]
    """The names of the parts of every snapshot."""
    tasks: tuple[Task, ...]
    continued: bool
    """Whether it was begun before."""
    stale: tuple[tuple[str, Part], ...] = ()
    """The parts of snapshots that have changed or gone, by table; those of `clusters` first."""


def begun(results: Results, command: Command, name: str | None, now: datetime) -> tuple[Run, RunFile, bool]:
    """The run that a command continues or begins.

    Args:
        results: Where it goes.
        command: The command.
        name: What `--run` names; None: the newest unfinished run of the command, else a new one.
        now: The time.

    Raises:
        FleetError: The name is none, or that of another command's run; or what is there has another schema.
    """
    if name is not None and not _NAME.fullmatch(name):
        raise FleetError(f'--run "{name}": write letters, digits, "-", "_" and ".", at most 100')
    files = {each: found for each in results.runs() if (found := results.run(each).file()) is not None}
    if name is None:
        own = [each for each, found in files.items() if found.identity == command.identity]
        left = [each for each in own if not results.run(each).is_finished]
        newest = max(left, key=lambda each: (files[each].started, each), default=None)
        name = newest or _free(now.astimezone(UTC).strftime(_STAMP), files)
    run = results.run(name)
    there = files.get(name)
    if there is None:
        made = _file(command, now)
        if run.begin(made):
            return run, made, False
        there = run.file()  # another process was quicker
    if there is None or there.identity != command.identity:
        raise FleetError(
            f"{run.address} is a run of another command ({there.command if there else 'unknown'}, with other "
            "sources or options): give this one another --run"
        )
    return run, there, True


def _file(command: Command, now: datetime) -> RunFile:
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


def planned(
    results: Results, command: Command, found: Sequence[Input], run: Run, file: RunFile, *, continued: bool
) -> Plan:
    """What is left to do of a run: a snapshot is done when its part in `clusters` is there."""
    day = date.fromisoformat(file.started[:10])
    tasks = {
        task.part: task
        for task in (
            Task(
                each,
                command.question,
                day,
                results.address,
                run.name,
                _key(each, command),
                command.limits,
                command.reading,
            )
            for each in found
        )
    }
    there = {(table, part) for table in (CLUSTERS, *command.question.tables) for part in run.parts(table)}
    stale = sorted(
        ((table, part) for table, part in there if part not in tasks),
        key=lambda each: (each[0] != CLUSTERS, each),
    )
    left = tuple(task for part, task in tasks.items() if (CLUSTERS, part) not in there)
    return Plan(run, tuple(tasks), left, continued, tuple(stale))


def _key(snapshot: Input, command: Command) -> str:
    said = [
        snapshot.source,
        snapshot.cluster,
        snapshot.etag,
        __version__,
        SCHEMA,
        command.question.name,
        command.question.options,
        command.reading,
    ]
    return short(msgspec.json.encode(said, order="sorted").decode())


def done(
    plan: Plan, engine: Engine, now: Callable[[], datetime], told: Callable[[Task, Outcome], None]
) -> list[dict[str, Any]]:
    """Do what is left of a run; the rows of its table `clusters`, sorted by address.

    Args:
        plan: The run.
        engine: What maps the tasks.
        now: The time.
        told: Called with each task and what came of it.

    Raises:
        FleetError: The run cannot go on; what is written stays, and the same command continues.
    """
    for table, part in plan.stale:
        plan.run.remove(table, part)
    left = {task.part for task in plan.tasks}
    rows = list(plan.run.rows(CLUSTERS, [part for part in plan.parts if part not in left]))
    if plan.tasks:
        for task, outcome in engine.outcomes(plan.tasks):
            told(task, outcome)
            rows.append(outcome.row(task.input, __version__, SCHEMA))
    if not plan.run.is_finished:
        plan.run.finish(now().astimezone(UTC).isoformat(timespec="seconds"), len(plan.parts))
    return sorted(rows, key=lambda row: str(row["source"]))

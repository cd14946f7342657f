"""Measures commands over a fleet: `python -m bench.fleet [CLUSTERS] [BINDINGS] [TASKS]`.

Clusters a second and a core, how the memory of tasks grows, two processes beside one, what a task costs that
does nothing, and 64 workers whose work is replaced by waiting as long as it takes.
"""

import gzip
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.fleet_nothing import Nothing
from bench.generate import Generator
from rbacpsp.fleet.engines.local import LocalEngine
from rbacpsp.fleet.inputs import inputs
from rbacpsp.fleet.process import Worker
from rbacpsp.fleet.questions.audit import AuditQuestion
from rbacpsp.fleet.results import Results
from rbacpsp.fleet.run import FleetCommand, continued_or_new_run, plan_run, run_tasks
from rbacpsp.fleet.task import FleetTask, Limits, TaskOutcome

_GOAL = 1000 / (5 * 60)
"""Clusters a second: a thousand in five minutes, on sixteen cores."""
_SIMULATED = 64


@dataclass(frozen=True, slots=True)
class Waiting:
    """A worker that waits as long as the work took, instead of doing it."""

    seconds: float

    def outcome(self, task: FleetTask) -> TaskOutcome:  # noqa: ARG002 - it is not looked at
        """The outcome of a cluster that was read."""
        time.sleep(self.seconds)
        return TaskOutcome("ok", seconds=self.seconds)

    def close(self) -> None:
        """End nothing."""


def asked(folder: Path, source: str, run: str, engine: LocalEngine) -> tuple[float, list[dict[str, Any]]]:
    """How long a fleet takes to answer, and the rows of its clusters."""
    results = Results(str(folder / "results"))
    command = FleetCommand(AuditQuestion(), (str(folder / source),), {}, Limits(600))
    started = time.perf_counter()
    result = inputs(command.sources, results.address, {})
    name, file, continued = continued_or_new_run(results, command, run, datetime.now(UTC))
    plan = plan_run(results, command, result, name, file, continued=continued)
    rows = run_tasks(plan, engine, lambda: datetime.now(UTC), lambda _task, _outcome: None)
    return time.perf_counter() - started, rows


def cost_of_a_task(folder: Path, tasks: int) -> float:
    """Seconds that a task takes that does nothing: one small snapshot, over and over."""
    (snapshot,) = inputs([str(folder / "small.json")], "", {})
    worker = Worker()
    made = [
        FleetTask(snapshot, Nothing(), date.min, str(folder / "tasks"), "tasks", f"{number:016x}")
        for number in range(tasks)
    ]
    worker.outcome(made[0])
    started = time.perf_counter()
    outcomes: Sequence[TaskOutcome] = [worker.outcome(task) for task in made[1:]]
    spent = time.perf_counter() - started
    worker.close()
    if {outcome.status for outcome in outcomes} != {"ok"}:
        raise RuntimeError("a task failed")
    return spent / (tasks - 1)


def main(clusters: int, bindings: int, tasks: int) -> None:
    """Print the figures."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "snapshots").mkdir()
        items = Generator(bindings).objects()
        for number in range(clusters):
            packed = gzip.compress(
                json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode(), 1
            )
            (folder / "snapshots" / f"c{number:04}.json.gz").write_bytes(packed)
        role = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "a"},
            "rules": [],
        }
        (folder / "small.json").write_text(json.dumps(role), encoding="utf-8")
        (folder / "many").mkdir()
        for number in range(_SIMULATED * 8):
            (folder / "many" / f"m{number}.json").touch()
        one, rows = asked(folder, "snapshots", "one", LocalEngine(1))
        two, _ = asked(folder, "snapshots", "two", LocalEngine(2))
        work = sorted(row["seconds"] for row in rows)[len(rows) // 2]
        memory = [row["memory"] >> 20 for row in rows]
        print(f"{clusters} clusters of {bindings:,} bindings")
        print(f"  one worker: {one:.1f} s with its start, {clusters / one:.2f} a second, each {work:.2f} s")
        print(f"  memory: {memory[0]} MiB the first, {memory[-1]} MiB the last, {max(memory)} MiB the most")
        print(f"  two workers: {two:.1f} s, efficiency {one / two / 2:.2f} (goal 0.8 on an idle machine)")
        print(f"  sixteen cores at this rate: {16 * clusters / one:.1f} a second (goal {_GOAL:.1f})")
        print(
            f"  most memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB"
        )
        cost = cost_of_a_task(folder, tasks)
        print(f"{tasks:,} tasks that do nothing: {cost * 1000:.1f} ms each, with two parts written for each")
        spent, many = asked(folder, "many", "many", LocalEngine(_SIMULATED, lambda: Waiting(work)))
        efficiency = len(many) / _SIMULATED * work / spent
        print(f"{_SIMULATED} workers that wait {work:.2f} s a task: efficiency {efficiency:.2f} (goal 0.9)")


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    main(*(given + [300, 10_000, 2_000][len(given) :]))

"""Runs one task in its process: reads, answers and writes, and writes the part of `clusters` last."""

import sys
import time

from rbacpsp import __version__
from rbacpsp.fleet.question import NO_ANSWER, Answers, CannotAskError
from rbacpsp.fleet.reading import SnapshotReading, read
from rbacpsp.fleet.results import Results
from rbacpsp.fleet.stores import StoreError
from rbacpsp.fleet.tables import CLUSTERS, SCHEMA
from rbacpsp.fleet.task import KILLED, PARTIAL, UNREADABLE, FleetTask, TaskOutcome, too_little


def attempt(task: FleetTask) -> TaskOutcome:
    """Read a snapshot, answer the question and write the parts.

    Raises:
        StoreError: The parts cannot be written.
    """
    started = time.monotonic()
    reading = _read(task)
    answers = Answers()
    if reading.cluster is not None:
        try:
            answers = task.question.answers(reading.cluster, task.day)
        except CannotAskError as error:
            reading = SnapshotReading(PARTIAL, f"there is no answer: {error}", reading.cluster)
            answers = Answers(worst=NO_ANSWER)
        except MemoryError:
            reading = SnapshotReading(KILLED, too_little(task))
        except Exception as error:  # noqa: BLE001 - a cluster on which the program fails becomes a row
            reading = SnapshotReading(UNREADABLE, _failure_reason(error))
    elif reading.status == KILLED:
        reading = SnapshotReading(KILLED, too_little(task))
    cluster = reading.cluster
    outcome = TaskOutcome(
        status=reading.status,
        reason=reading.reason,
        seconds=round(time.monotonic() - started, 3),
        memory=_peak(),
        objects=None if cluster is None else sum(1 for _ in cluster.loaded.loaded),
        version=None if cluster is None else str(cluster.kubernetes_version),
        rows=len(answers.tables.get(task.question.tables[0], ())),
        worst=answers.worst,
    )
    record(task, outcome, answers)
    return outcome


def record(task: FleetTask, outcome: TaskOutcome, answers: Answers, *, again: bool = False) -> None:
    """Write the parts of a task; that of `clusters` is the last and marks the snapshot as done.

    Args:
        task: The task.
        outcome: Its outcome.
        answers: The rows of the other tables; every table gets a part, so that each can be queried.
        again: Whether to replace parts of an earlier attempt that ended early.

    Raises:
        StoreError: They cannot be written.
    """
    run = Results(task.results).run(task.run)
    key_columns = {"source": task.input.source, "cluster": task.input.cluster}
    try:
        for table in task.question.tables:
            rows = [{**key_columns, **row} for row in answers.tables.get(table, ())]
            run.write(table, task.part, rows, again=again)
        run.write(CLUSTERS, task.part, [outcome.row(task.input, __version__, SCHEMA)])
    except OSError as error:
        raise StoreError(f"{run.address}: {error.strerror or error}") from None


def _read(task: FleetTask) -> SnapshotReading:
    try:
        return read(task.input, task.reading)
    except MemoryError:
        return SnapshotReading(KILLED)
    except Exception as error:  # noqa: BLE001 - as above
        return SnapshotReading(UNREADABLE, _failure_reason(error))


def _failure_reason(error: Exception) -> str:
    first_line = next(iter(str(error).splitlines()), "")
    text = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    return f"the program failed on it ({text}): please report it"


def _peak() -> int:
    """The peak memory of this process, in bytes."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

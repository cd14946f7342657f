"""The processes of this machine, as many as asked for; a thread waits for each."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from threading import local
from typing import Protocol

from rbacpsp.fleet.process import Worker
from rbacpsp.fleet.task import Outcome, Task
from rbacpsp.sources.workers import Workers


class Answering(Protocol):
    """What answers tasks one after the other, as a `Worker` does."""

    def outcome(self, task: Task) -> Outcome:
        """What comes of a task."""

    def close(self) -> None:
        """Answer no more."""


class LocalEngine:
    """Workers below this process."""

    def __init__(self, workers: int, worker: Callable[[], Answering] = Worker) -> None:
        """Start nothing yet.

        Args:
            workers: How many there are at once.
            worker: What makes one.
        """
        self._count = workers
        self._worker = worker

    def outcomes(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
        """What comes of each task, as it comes.

        Raises:
            FleetError: The parts cannot be written, or workers cannot be started.
        """
        mine = local()
        every: list[Answering] = []

        def outcome(task: Task) -> Outcome:
            worker: Answering | None = getattr(mine, "worker", None)
            if worker is None:
                worker = mine.worker = self._worker()
                every.append(worker)
            return worker.outcome(task)

        threads = Workers(min(self._count, len(tasks)))
        try:
            waiting = {threads.submit(outcome, task): task for task in tasks}
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        finally:
            threads.shutdown(cancel_futures=True)
            for worker in every:
                worker.close()

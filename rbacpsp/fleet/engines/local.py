"""Runs tasks in processes of this machine; a thread waits for each process."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from threading import local
from typing import Protocol

from rbacpsp.fleet.process import Worker
from rbacpsp.fleet.task import FleetTask, TaskOutcome
from rbacpsp.sources.workers import Workers


class Answering(Protocol):
    """Something that runs tasks one after the other, as a `Worker` does."""

    def outcome(self, task: FleetTask) -> TaskOutcome:
        """The outcome of a task."""

    def close(self) -> None:
        """Stop its process."""


class LocalEngine:
    """Workers below this process."""

    def __init__(self, workers: int, worker: Callable[[], Answering] = Worker) -> None:
        """Set up the engine without starting workers.

        Args:
            workers: The number of parallel workers.
            worker: A function that creates one.
        """
        self._count = workers
        self._worker = worker

    def outcomes(self, tasks: Sequence[FleetTask]) -> Iterator[tuple[FleetTask, TaskOutcome]]:
        """The outcome of each task, as it finishes.

        Raises:
            FleetError: The parts cannot be written, or workers cannot be started.
        """
        thread_local = local()
        all_workers: list[Answering] = []

        def outcome(task: FleetTask) -> TaskOutcome:
            worker: Answering | None = getattr(thread_local, "worker", None)
            if worker is None:
                worker = thread_local.worker = self._worker()
                all_workers.append(worker)
            return worker.outcome(task)

        threads = Workers(min(self._count, len(tasks)))
        try:
            waiting = {threads.submit(outcome, task): task for task in tasks}
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        finally:
            threads.shutdown(cancel_futures=True)
            for worker in all_workers:
                worker.close()

"""Runs tasks on the workers of a Dask scheduler: an existing one, or one on this machine.

A worker of Dask starts a `Worker` as its child, so that the limits of a task are the same in every engine.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from threading import local
from typing import Any

from rbacpsp.fleet.errors import FleetError
from rbacpsp.fleet.extra import require_extra
from rbacpsp.fleet.process import Worker
from rbacpsp.fleet.task import KILLED, FleetTask, TaskOutcome

_RETRIES = 3
"""How often Dask repeats a task whose worker was lost."""
_mine = local()


def answered(task: FleetTask) -> TaskOutcome:
    """The outcome of a task; called in a thread of a Dask worker."""
    worker: Worker | None = getattr(_mine, "worker", None)
    if worker is None:
        worker = _mine.worker = Worker()
    return worker.outcome(task)


class DaskEngine:
    """Workers of Dask."""

    def __init__(self, workers: int, scheduler: str | None, report: Callable[[str], None]) -> None:
        """Set up the engine without connecting.

        Args:
            workers: How many processes a scheduler on this machine gets.
            scheduler: The address of a running scheduler; None: start one on this machine.
            report: Called with the address of Dask's dashboard.

        Raises:
            FleetError: Dask is not installed.
        """
        require_extra(["dask", "distributed"])
        self._workers = workers
        self._scheduler = scheduler
        self._told = report

    def outcomes(self, tasks: Sequence[FleetTask]) -> Iterator[tuple[FleetTask, TaskOutcome]]:
        """The outcome of each task, as it finishes.

        Raises:
            FleetError: The scheduler does not answer, or the parts cannot be written.
        """
        import dask
        from distributed import KilledWorker, as_completed

        with ExitStack() as stack:
            stack.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": _RETRIES}))
            client = self._client(stack)
            if client.dashboard_link:
                self._told(f"Dask's dashboard is at {client.dashboard_link}")
            waiting = {client.submit(answered, task, pure=False): task for task in tasks}
            for future in as_completed(waiting):
                task = waiting[future]
                try:
                    yield task, future.result()
                except KilledWorker:
                    yield task, _lost(task)
                future.release()

    def _client(self, stack: ExitStack) -> Any:
        from distributed import Client, LocalCluster

        if self._scheduler is None:
            cluster = LocalCluster(
                n_workers=self._workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
            return stack.enter_context(Client(stack.enter_context(cluster)))
        try:
            return stack.enter_context(Client(self._scheduler, timeout=10))
        except (OSError, ValueError):
            raise FleetError(f"no Dask scheduler answers at {self._scheduler}: check the address") from None


def _lost(task: FleetTask) -> TaskOutcome:
    """The outcome of a task whose Dask workers were always lost; this process writes it."""
    worker = Worker()
    try:
        return worker.record(
            task, TaskOutcome(KILLED, "the workers of Dask that tried it were lost each time")
        )
    finally:
        worker.close()

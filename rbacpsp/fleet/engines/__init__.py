"""The engines that map tasks to processes: of this machine, or of a Dask scheduler."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from rbacpsp.fleet.task import FleetTask, TaskOutcome


class FleetEngine(Protocol):
    """Maps tasks over workers; it neither orders nor divides them."""

    def outcomes(self, tasks: Sequence[FleetTask]) -> Iterator[tuple[FleetTask, TaskOutcome]]:
        """The outcome of each task, as it finishes.

        Raises:
            FleetError: The run cannot continue.
        """

"""What maps tasks over processes: this machine's, or those of a Dask scheduler."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from rbacpsp.fleet.task import Outcome, Task


class Engine(Protocol):
    """Maps tasks over workers; it neither orders nor divides them."""

    def outcomes(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
        """What comes of each task, as it comes.

        Raises:
            FleetError: The run cannot go on.
        """

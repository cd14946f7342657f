"""What is asked of every cluster of a fleet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from rbacpsp.cluster import Cluster
from rbacpsp.fleet.tables import Row


@dataclass(frozen=True, slots=True)
class Answers:
    """What one cluster answers: rows of tables, without its address and its name."""

    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    worst: str | None = None
    """The severity of the worst finding, or the worst result."""


class CannotAskError(Exception):
    """A question has no answer for a cluster, such as one about policies where the server has none."""


class Question(Protocol):
    """A command of one cluster; it travels to the processes that answer it, so it can be pickled."""

    @property
    def name(self) -> str:
        """The command, for example `audit`."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables it writes beside `clusters`; the first is what `rows` counts."""

    @property
    def options(self) -> Mapping[str, Any]:
        """All on which its answers depend beside the cluster and the day, as plain JSON values."""

    def answers(self, cluster: Cluster, day: date) -> Answers:
        """What a cluster answers on a day.

        Raises:
            CannotAskError: The question cannot be asked of this cluster.
        """

"""The interface of a question that a fleet run answers for every cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from rbacpsp.cluster import Cluster
from rbacpsp.fleet.tables import Row

NO_ANSWER = "no answer"
"""The worst result of a cluster that cannot answer a question."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one cluster: rows of tables, without its address and its name."""

    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    worst: str | None = None
    """The severity of the worst finding, or the worst result."""


class CannotAskError(Exception):
    """A question has no answer for a cluster, such as one about policies on a server without them."""


class Question(Protocol):
    """A command about one cluster; it can be pickled, since it is sent to processes."""

    @property
    def name(self) -> str:
        """The command, for example `audit`."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables it writes besides `clusters`; `rows` counts those of the first."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Everything that its answers depend on besides the cluster and the day, as plain JSON values."""

    def answers(self, cluster: Cluster, day: date) -> Answers:
        """The answers of a cluster on a day.

        Raises:
            CannotAskError: The question cannot be asked of this cluster.
        """

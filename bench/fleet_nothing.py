"""A question to a fleet without work, in its own module so that workers can import it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rbacpsp.cluster import Cluster
from rbacpsp.fleet.question import Answers


@dataclass(frozen=True, slots=True)
class Nothing:
    """A question whose answer takes no time."""

    name = "nothing"
    tables = ("answers",)

    @property
    def options(self) -> Mapping[str, Any]:
        """None."""
        return {}

    def answers(self, cluster: Cluster, day: date) -> Answers:  # noqa: ARG002 - nothing is asked
        """None."""
        return Answers()

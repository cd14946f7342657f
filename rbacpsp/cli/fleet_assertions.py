"""Assertions about access as a question to every cluster of a fleet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from rbacpsp.assertions import Assertion
from rbacpsp.assertions.run import CANNOT_BE_ASKED, FAIL, PASSED
from rbacpsp.fleet.question import Answers

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_WORST = (FAIL, CANNOT_BE_ASKED, PASSED)


@dataclass(frozen=True, slots=True)
class FleetAssertions:
    """The assertions of some files."""

    assertions: tuple[Assertion, ...]
    texts: tuple[str, ...]
    """The text of each file."""

    name = "test"
    tables = ("answers",)

    @property
    def options(self) -> Mapping[str, Any]:
        """The files."""
        return {"files": list(self.texts)}

    def answers(self, cluster: "Cluster", day: date) -> Answers:  # noqa: ARG002 - no answer depends on the day
        """A row for each assertion."""
        from rbacpsp.assertions import test
        from rbacpsp.cli.assertion_files import AccessTestReport

        results = test(cluster, self.assertions)
        items = AccessTestReport([("", len(self.assertions))], results, cluster.objects).document()["items"]
        rows = [
            {
                "question": item["name"],
                "result": item["result"],
                "answer": msgspec.json.encode(item).decode(),
            }
            for item in items
        ]
        results_found = {item["result"] for item in items}
        return Answers(
            {"answers": rows}, next((result for result in _WORST if result in results_found), None)
        )

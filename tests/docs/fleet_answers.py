"""Generates the JSON answers of commands over a small fleet, for their schemas."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from click.testing import CliRunner

from rbacpsp.cli import main
from tests.fleet.fleets import cluster, packed, written

ENFORCED = {"pod-security.kubernetes.io/enforce": "baseline"}
COMMANDS = {
    "FleetRun": "rbacpsp fleet audit SNAPSHOTS -O RESULTS",
    "FleetReport": "rbacpsp fleet report RESULTS",
}
"""By kind of answer, how it is asked for."""


def fleet_answers() -> Iterator[dict[str, Any]]:
    """A run with a cluster that cannot be read, and a report in which no part is empty."""
    with TemporaryDirectory() as folder:
        result = Path(folder)
        results = str(result / "results")
        before = written(
            result / "before", {"a.json.gz": packed(cluster(1)), "b.json.gz": packed(cluster(4))}
        )
        after = written(result / "after", _after())
        yield _answer("fleet", "audit", str(before), "-O", results, "--run", "first")
        yield _answer("fleet", "audit", str(after), "-O", results, "--run", "second")
        yield _answer("fleet", "report", results, "--since", "first", "--reference", "a")


def _after() -> dict[str, bytes]:
    """Three clusters, of which one differs from the others in every part of a report, and an empty file."""
    files = {"empty.json": b""}
    for name, number in (("a", 0), ("b", 4), ("c", 8)):
        result = cluster(number)
        namespace, role, *_ = result["items"]
        if name == "c":
            role["rules"][0]["verbs"] = ["get"]
        else:
            namespace["metadata"]["labels"] = ENFORCED
        files[f"{name}.json.gz"] = packed(result)
    return files


def _answer(*words: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, [*words, "-o", "json"])
    document: dict[str, Any] = json.loads(result.stdout)
    return document

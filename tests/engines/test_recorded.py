"""Compares generated policies with the recorded answers of real engines.

`make record-engines` asks Kyverno and Gatekeeper anew; it has to be run when the output changes.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from rbacpsp import Cluster, migrate
from rbacpsp.migration import Migration
from tests.engines.record import DATA, clusters
from tests.live.migrated import security

JSON = dict[str, Any]
ENGINES = ("gatekeeper", "kyverno")
EXPLAINED = {"gatekeeper": 0.25, "kyverno": 0.1}
"""The share of pods whose verdict gaps may explain."""
WEAKER = 0.03


@cache
def recorded(engine: str) -> list[JSON]:
    with gzip.open(DATA / f"{engine}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def pairs(engine: str) -> Iterator[tuple[JSON, JSON, Migration]]:
    """Each recorded cluster, the engine's answers, and the current output of the migration."""
    for batch, line in zip(clusters(), recorded(engine), strict=True):
        assert batch["batch"] == line["batch"]
        yield batch, line, migrate(Cluster.from_objects(batch["cluster"]["items"]), engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_recorded_answers_are_for_the_policies_that_are_generated_now(engine: str) -> None:
    for _, line, migration in pairs(engine):
        written = json.loads(json.dumps(list(migration.objects)))
        assert written == line["objects"], "the output changed: run make record-engines"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_verdicts_equal_those_of_the_plugin_except_for_named_gaps(engine: str) -> None:
    seen: Counter[str] = Counter()
    for batch, line, migration in pairs(engine):
        gaps = {(gap.kind, gap.policy) for gap in migration.gaps}
        for case, verdict in zip(batch["cases"], line["verdicts"], strict=True):
            was = case["result"]
            seen["pods"] += 1
            if verdict["allowed"] == was["allowed"]:
                continue
            kind = "weaker" if verdict["allowed"] else "stricter"
            seen[kind] += 1
            if kind == "weaker":
                assert any(gap in {"weaker", "scope lost"} for gap, _ in gaps), case
            else:
                assert (kind, was["psp"]) in gaps, (case, verdict)
    assert seen["pods"] >= 1500
    assert seen["weaker"] <= WEAKER * seen["pods"]
    assert seen["weaker"] + seen["stricter"] <= EXPLAINED[engine] * seen["pods"]


def test_kyverno_stores_what_the_plugin_stored() -> None:
    for batch, line, _ in pairs("kyverno"):
        for case, verdict in zip(batch["cases"], line["verdicts"], strict=True):
            if case["result"]["allowed"] and verdict["allowed"]:
                assert verdict["security"] == security(case["result"]["pod"]), case

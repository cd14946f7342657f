"""Compares validation with recorded servers: pods, workloads, Services, ConfigMaps and their updates.

Recorded by `python -m tests.live.test_whole_validation FILE`.
"""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

from rbacpsp import Cluster
from rbacpsp.testing import ClusterBuilder
from tests.conformance.said import causes

DATA = Path(__file__).parent / "data" / "validation-whole.jsonl.gz"


def cluster(version: str) -> Cluster:
    """A cluster in which no missing account and no policy refuses a pod."""
    builder = ClusterBuilder().namespace("recorded")
    for name in ("default", "quiet", "gone", "builder"):
        builder.service_account("recorded", name, automountServiceAccountToken=False)
    return builder.build(kubernetes_version=version)


def test_odd_fields_are_refused_in_the_words_of_the_server() -> None:
    clusters = {version: cluster(version) for version in ("v1.24.17", "v1.37.1")}
    counts: Counter[tuple[str, bool]] = Counter()
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        for line in file:
            recorded: dict[str, Any] = json.loads(line)
            old = recorded.get("old")
            operation = "UPDATE" if old is not None else "CREATE"
            submission = clusters[recorded["version"]].submit(
                recorded["object"], operation=operation, old=old
            )
            assert list(causes(submission.message)[1:]) == recorded["errors"], recorded
            counts[operation, bool(recorded["errors"])] += 1
    assert (
        min(counts[operation, refused] for operation in ("CREATE", "UPDATE") for refused in (True, False))
        > 100
    ), counts

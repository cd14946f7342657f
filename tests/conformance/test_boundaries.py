"""Compares validation with recorded servers, for one field at or beyond a limit.

Recorded by `python -m tests.live.boundaries.record FILE`.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.testing import ClusterBuilder
from tests.conformance.said import reasons
from tests.live.boundaries.values import changed

JSONObject = dict[str, Any]
DATA = Path(__file__).parent / "data" / "boundaries.jsonl.gz"
SERVERS = ("v1.24.17", "v1.37.1")
GROUPS = (
    *("containers", "pods", "volumes", "workloads", "jobs", "services", "access", "updates"),
    *("service updates", "several"),
)


@cache
def recorded() -> tuple[dict[tuple[str, str], JSONObject], dict[str, list[JSONObject]]]:
    """The base objects, by server and name, and the changes of each group."""
    objects: dict[tuple[str, str], JSONObject] = {}
    changes: dict[str, list[JSONObject]] = {group: [] for group in GROUPS}
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        for line in map(json.loads, file):
            if "group" in line:
                changes[line["group"]].append(line)
            elif "stored" in line:
                objects[line["version"], line["stored"]] = line["object"]
            else:
                objects.update({(version, line["base"]): line["object"] for version in SERVERS})
    return objects, changes


@cache
def cluster(version: str) -> Cluster:
    """A cluster in which no missing account and no policy refuses a pod."""
    builder = ClusterBuilder().namespace("boundaries")
    for name in ("default", "quiet"):
        builder.service_account("boundaries", name, automountServiceAccountToken=False)
    return builder.build(kubernetes_version=version)


@pytest.mark.parametrize("version", SERVERS)
@pytest.mark.parametrize("group", GROUPS)
def test_a_field_at_a_limit_is_accepted_or_refused_in_the_words_of_the_server(
    group: str, version: str
) -> None:
    objects, changes = recorded()
    server = cluster(version)
    counts = {True: 0, False: 0}
    for change in changes[group]:
        errors = change["errors"].get(version)
        if errors is None:
            continue
        old = objects[version, change["base"]]
        replaces = change["base"].startswith("stored ")
        obj = changed(old, change["fields"])
        answer = server.submit(obj, operation="UPDATE", old=old) if replaces else server.submit(obj)
        assert reasons(answer.message) == errors, (change["base"], change["fields"])
        counts[bool(errors)] += 1
    assert min(counts.values()) > 50, counts

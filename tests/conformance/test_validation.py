"""Compares validation with recorded servers: new objects, and pods that a policy changed."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rbacpsp.testing import ClusterBuilder
from tests.conformance.validation import expected

DATA = Path(__file__).parent / "data"
MEMORY = re.compile(r"(core\.\w+|v1\.\w+)?\{.*?\}(?=: [a-z])")
"""What a server prints of its own memory."""
Line = dict[str, Any]


def lines(name: str) -> Iterator[Line]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def test_new_objects_are_refused_in_the_servers_words() -> None:
    refused = 0
    for line in lines("validation.jsonl.gz"):
        assert expected(line["object"], line["version"]) == line["errors"], line
        refused += bool(line["errors"])
    assert refused > 500


def test_fields_that_a_policy_fills_in_make_the_pod_invalid() -> None:
    invalid = 0
    for line in lines("validation-filled-in.jsonl.gz"):
        builder = ClusterBuilder().may_use(line["policy"]["metadata"]["name"], "Group/system:serviceaccounts")
        builder.service_account("filled-in", "default", automountServiceAccountToken=False).add(
            line["policy"]
        )
        answer = builder.build(kubernetes_version="1.24").admit(line["pod"], user=None)
        words = MEMORY.sub("{...}", answer.message or "")
        assert bool(answer.invalid_by) == bool(line["errors"]), line
        assert all(error in words for error in line["errors"]), line
        invalid += bool(line["errors"])
    assert invalid > 100

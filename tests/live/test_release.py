"""Compares the records of tools/release about the current release with its server."""

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest

from rbacpsp.catalog.catalog import RECORDED
from tests.live.server import ApiServer
from tools.release import discovery, podsecurity

pytestmark = pytest.mark.live


def lines(file: Path) -> list[dict[str, object]]:
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def test_the_newest_discovery_is_that_of_the_current_server(current: ApiServer) -> None:
    recorded = (discovery.DATA / f"discovery-{RECORDED[-1]}.jsonl").read_text(encoding="utf-8")
    expected = list(map(json.loads, recorded.splitlines()))
    groups = {row["group"] for row in expected}  # other tests may have installed custom resources
    assert [row for row in discovery.rows(current) if row["group"] in groups] == expected


def test_the_server_answers_some_fixture_pods_as_recorded(current: ApiServer) -> None:
    fixtures = lines(podsecurity.DATA / "psa-fixtures.jsonl.gz")
    recorded = lines(podsecurity.DATA / "psa-current.jsonl.gz")
    some = list(islice(fixtures, 0, None, 150))
    assert list(podsecurity.answers(current, some)) == list(islice(recorded, 0, None, 150))

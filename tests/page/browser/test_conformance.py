"""Tests that the page gives the server's recorded answers, and the same paths as Python."""

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from rbacpsp import Cluster, Request, Subject
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths import parse_place
from tests.page.browser.conftest import Open, Reader, sample

pytestmark = pytest.mark.browser

RECORDED = Path(__file__).parents[2] / "conformance" / "data" / "rbac.jsonl.gz"
PARAMETERS = ("verb", "group", "resource", "subresource", "name", "namespace", "path")


def batches() -> list[dict[str, Any]]:
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


BATCHES = batches()


def fragment(request: Request) -> str:
    values = {name: getattr(request, name) or "" for name in PARAMETERS}
    return "who-can?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items())


@pytest.mark.parametrize("batch", BATCHES, ids=[batch["batch"] for batch in BATCHES])
def test_every_recorded_list_of_subjects_is_shown(batch: dict[str, Any], opened: Open) -> None:
    reader = opened(Cluster.from_objects(batch["cluster"]["items"]))
    cases = [case for case in batch["whocan"] if Request.from_attributes(case).path != ""]
    assert len(cases) == len(batch["whocan"])
    shown = reader.ask_all([fragment(Request.from_attributes(case)) for case in cases])
    for case, (view, count, subjects) in zip(cases, shown, strict=True):
        expected = {subject_text(msgspec.convert(subject, Subject)) for subject in case["subjects"]}
        assert view == "who-can"
        assert count == len(case["subjects"]), case
        assert len(subjects) == min(count, 500)
        assert set(subjects) == expected or count > 500, case


@pytest.mark.parametrize("goal", ["cluster-admin", "node"])
@pytest.mark.parametrize("name", ["psp-on-eks", "bootstrap-1.24", "rbac-workshop"])
def test_the_paths_of_the_page_are_those_of_the_command(name: str, goal: str, opened: Open) -> None:
    cluster = sample(name)
    reader = opened(cluster)
    paths = cluster.paths().to(parse_place(goal))
    [[_, count, _]] = reader.ask_all([f"paths?to={goal}&own=1"])
    rows = reader.page.eval_on_selector_all(
        "[data-view] tbody tr", "rows => rows.map(row => row.querySelector('.number').innerText)"
    )
    assert count == len(paths)
    assert rows == [f"{path.length} step{'' if path.length == 1 else 's'}" for path in paths][: len(rows)]


@pytest.mark.parametrize("name", ["psp-on-eks", "psp-by-example", "psp-migration"])
def test_the_accounts_behind_groups_that_may_use_a_policy_are_those_of_the_command(
    name: str, opened: Open
) -> None:
    cluster = sample(name)
    reader = opened(cluster)
    everyone: set[str] = set()
    for policy in cluster.objects.policies:
        users = {subject_text(access.subject): access.controls for access in cluster.policy_users(policy)}
        del users["Group/system:masters"]
        everyone |= users.keys()
        reader.ask(f"policy?name={policy}")
        rows = texts(reader, "data-subject") + texts(reader, "data-account")
        assert sorted(rows) == sorted(users)
        for account, controls in users.items():
            words = f"creates the pods of each {', '.join(controls)}"
            assert not controls or words in reader.page.inner_text(f'[data-account="{account}"]')
    reader.ask("policies")
    assert set(texts(reader, "data-holder")) == everyone
    reader.ask("policies?as=written")
    assert "creates the pods" not in reader.text


def texts(reader: Reader, attribute: str) -> list[str]:
    result: list[str] = reader.page.eval_on_selector_all(
        f"tr[{attribute}]", f"rows => rows.map(row => row.getAttribute('{attribute}'))"
    )
    return result

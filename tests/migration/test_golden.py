"""Compares migrations of official policies, those of articles and of charts with the expected output."""

import pytest

from tests.migration.build import ROOT, Server, cluster, migrated, pod_without_token
from tests.migration.golden import (
    ARTICLES_FILE,
    ENGINES,
    FILE,
    OFFICIAL_FILE,
    articles,
    clauses,
    engine_file,
    for_engine,
    official,
)
from tests.migration.shapes import CHARTS, POLICIES


def test_every_policy_migrates_to_the_stored_objects() -> None:
    assert len(CHARTS) == 20
    assert clauses() == FILE.read_text(encoding="utf-8"), "run python -m tests.migration.golden"


def test_the_official_policies_migrate_to_the_stored_objects() -> None:
    assert official() == OFFICIAL_FILE.read_text(encoding="utf-8"), "run python -m tests.migration.golden"


def test_the_policies_of_the_articles_migrate_to_the_stored_objects() -> None:
    assert articles() == ARTICLES_FILE.read_text(encoding="utf-8"), "run python -m tests.migration.golden"


@pytest.mark.parametrize("engine", ENGINES)
def test_official_policies_and_those_of_articles_migrate_to_the_stored_objects_of_each_engine(
    engine: str,
) -> None:
    text = engine_file(engine).read_text(encoding="utf-8")
    assert for_engine(engine) == text, "run python -m tests.migration.golden"


@pytest.mark.parametrize("shape", POLICIES, ids=[policy["metadata"]["name"] for policy in POLICIES])
def test_a_plain_and_a_privileged_pod_get_the_answers_of_the_policy(shape: dict[str, object]) -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    made = cluster(shape)
    server = Server(made, migrated(made, scope="all").objects)
    for submitted in (
        pod_without_token(),
        pod_without_token("web", {"privileged": True}),
        pod_without_token(hostNetwork=True),
    ):
        judged = made.admit(submitted, user=ROOT, namespace="default")
        stored, messages = server.create(submitted)
        if judged.allowed or "is forbidden" in str(judged.message):
            assert (messages == []) == judged.allowed
        if judged.pod is not None:
            assert stored["spec"]["containers"] == judged.pod["spec"]["containers"]
            assert stored["spec"].get("securityContext") == judged.pod["spec"].get("securityContext")

"""Tests that paths do not depend on the length of names or on the identity of text objects."""

import json
import re

import pytest

from rbacpsp import Cluster
from rbacpsp.testing import ClusterBuilder
from tests.paths.clusters import way
from tests.paths.test_paths import CASES
from tests.paths.test_steps import STEPS

LONGER = {"a": "alpha", "b": "bravo", "c": "charlie"}


def longer(text: str) -> str:
    """A text in which the namespaces a, b and c have longer names."""
    return re.sub(r"(?<![\w.*])[abc](?![\w.*]| node)", lambda found: LONGER[found.group()], text)


@pytest.fixture(autouse=True)
def with_longer_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builders give their namespaces longer names, and make a new object of every text, as a file has it."""

    def build(self: ClusterBuilder, *, kubernetes_version: str | None = None) -> Cluster:
        objects = json.loads(longer(json.dumps(self.objects)))
        return Cluster.from_objects(objects, kubernetes_version=kubernetes_version)

    monkeypatch.setattr(ClusterBuilder, "build", build)


@pytest.mark.parametrize("name", sorted(CASES))
def test_paths_and_near_misses_do_not_depend_on_the_length_of_names(name: str) -> None:
    opened, missed = ((build, longer(goal)) for build, goal in CASES[name])
    result = way(opened)
    assert result is not None
    assert name in {step.technique.name for step in result.steps}
    assert way(missed) is None


@pytest.mark.parametrize("name", STEPS)
def test_steps_do_not_depend_on_the_length_of_names(name: str) -> None:
    steps, expected = STEPS[name]
    assert steps() == longer(expected)

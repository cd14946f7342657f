"""Runs the program on a small cluster in a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from rbacpsp.testing import binding, role, rule

Run = Callable[..., Result]

RBAC = "rbac.authorization.k8s.io"


OBJECTS = [
    role("admin-all", rule("*", "*", "*"), {"verbs": ["*"], "nonResourceURLs": ["*"]}),
    role("nodes", rule("get list", "nodes")),
    role("probe", {"verbs": ["get"], "nonResourceURLs": ["/healthz", "/metrics/*"]}),
    role("pod-reader", rule("get list", "pods"), rule("get", "pods/log"), namespace="team-a"),
    role("one-secret", rule("get", "secrets", names="token"), namespace="team-a"),
    binding("admin-all", "Group/ops", name="admins"),
    binding("nodes", "Group/system:serviceaccounts", "User/carol"),
    binding("probe", "Group/system:authenticated", name="everyone"),
    binding("pod-reader", "User/alice", "ServiceAccount/ci:runner", namespace="team-a", name="readers"),
    binding("one-secret", "User/alice", namespace="team-a", name="secret"),
    binding("gone", "User/bob", namespace="team-a", name="lost"),
    binding("nodes", "User/dave", namespace="team-b", kind="ClusterRole", name="nodes-here"),
]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[list[dict[str, Any]]], str]:
    def written(objects: list[dict[str, Any]]) -> str:
        path = tmp_path / "cluster.json"
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}), encoding="utf-8")
        return str(path)

    return written


@pytest.fixture
def cluster(write: Callable[[list[dict[str, Any]]], str]) -> str:
    """The path of a small cluster."""
    return write(OBJECTS)


@pytest.fixture
def call() -> Run:
    """Runs the program with separate arguments."""

    def called(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin)

    return called


@pytest.fixture
def run(call: Run, cluster: str) -> Run:
    """Runs a command line of the program on the small cluster, which counts as complete."""

    def ran(line: str, *more: str, stdin: str | None = None) -> Result:
        return call(*line.split(), *more, "-f", cluster, "--bootstrap", "never", stdin=stdin)

    return ran

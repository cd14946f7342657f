"""Runs the program on a small cluster in a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main

Run = Callable[..., Result]

RBAC = "rbac.authorization.k8s.io"


def made(kind: str, name: str, namespace: str = "", **fields: Any) -> dict[str, Any]:
    result = {"namespace": namespace} if namespace else {}
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": {"name": name, **result}, **fields}


def bound(name: str, role: str, *subjects: str, namespace: str = "") -> dict[str, Any]:
    """A binding to `Kind/name`; the subjects are written `User/alice` or `ServiceAccount/ns:name`."""
    kind, _, role_name = role.partition("/")
    written = []
    for subject in subjects:
        subject_kind, _, who = subject.partition("/")
        if subject_kind == "ServiceAccount":
            account_namespace, _, account = who.partition(":")
            result = {"namespace": account_namespace} if account_namespace else {}
            written.append({"kind": subject_kind, "name": account, **result})
        else:
            written.append({"kind": subject_kind, "apiGroup": RBAC, "name": who})
    return made(
        "RoleBinding" if namespace else "ClusterRoleBinding",
        name,
        namespace,
        roleRef={"apiGroup": RBAC, "kind": kind, "name": role_name},
        subjects=written,
    )


def rule(verbs: str, resources: str, groups: str = "", **fields: Any) -> dict[str, Any]:
    return {
        "verbs": verbs.split(),
        "apiGroups": groups.split(",") if groups else [""],
        "resources": resources.split(),
        **fields,
    }


OBJECTS = [
    made("ClusterRole", "admin-all", rules=[rule("*", "*", "*"), {"verbs": ["*"], "nonResourceURLs": ["*"]}]),
    made("ClusterRole", "nodes", rules=[rule("get list", "nodes")]),
    made("ClusterRole", "probe", rules=[{"verbs": ["get"], "nonResourceURLs": ["/healthz", "/metrics/*"]}]),
    made("Role", "pod-reader", "team-a", rules=[rule("get list", "pods"), rule("get", "pods/log")]),
    made("Role", "one-secret", "team-a", rules=[rule("get", "secrets", resourceNames=["token"])]),
    bound("admins", "ClusterRole/admin-all", "Group/ops"),
    bound("nodes", "ClusterRole/nodes", "Group/system:serviceaccounts", "User/carol"),
    bound("everyone", "ClusterRole/probe", "Group/system:authenticated"),
    bound("readers", "Role/pod-reader", "User/alice", "ServiceAccount/ci:runner", namespace="team-a"),
    bound("secret", "Role/one-secret", "User/alice", namespace="team-a"),
    bound("lost", "Role/gone", "User/bob", namespace="team-a"),
    bound("nodes-here", "ClusterRole/nodes", "User/dave", namespace="team-b"),
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
    """Runs the program with arguments that are given one by one."""

    def called(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin)

    return called


@pytest.fixture
def run(call: Run, cluster: str) -> Run:
    """Runs the program on the small cluster, all that there is, with the arguments of a command line."""

    def ran(line: str, *more: str, stdin: str | None = None) -> Result:
        return call(*line.split(), *more, "-f", cluster, "--bootstrap", "never", stdin=stdin)

    return ran

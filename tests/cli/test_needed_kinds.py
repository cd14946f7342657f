"""Tests that questions about access read only the needed kinds of a snapshot, and answer as from all."""

import gzip
import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rbacpsp import load
from rbacpsp.cli import cluster_files, main

SAMPLES = Path(__file__).parents[2] / "sample_clusters"
NAMESPACES = {"acme": "prod", "psp-migration": "shop", "rbac-workshop": "default"}

COMMANDS = (
    "who-can get secrets -n {namespace}",
    "who-can get secrets -A --include-system",
    "who-can get,list pods,secrets -n {namespace} -o json",
    "who-can get pods -n nowhere",
    "who-can get secrets -n {namespace} --without deploy/{namespace}/web",
    "can-i get secrets --as alice -n {namespace}",
    "can-i get secrets --as alice -n {namespace} --why",
    "can-i --list --as alice -A",
    "rules alice",
    "rules --all-subjects -o json",
    "matrix secrets -n {namespace}",
    "matrix pods -A -o csv",
    "lookup",
    "lookup -n {namespace}",
    "who-can get pods -n {namespace} --expand",
    "who-can get pods -n {namespace} -o json --include-system",
    "who-can get,list pods,secrets -n {namespace} --all",
    "who-can get namespaces/{namespace}",
    "rules alice -n {namespace}",
    "matrix deployments -n {namespace} -o json",
    "can-i --list --as system:serviceaccount:{namespace}:default -n {namespace}",
    "lookup group:developers",
    "lookup --unused",
    "roles get secrets",
    "describe clusterrole/view",
    "psp users",
    "psp unused",
    "psa label --all baseline",
    "psa who-can-bypass",
    "grant get secrets -n {namespace} --to alice",
    'explain \'User "bob" cannot get resource "pods" in API group "" in the namespace "prod"\'',
    "psa suggest",
    "audit -o json",
    "paths -o json",
    "diff {snapshot} {snapshot}",
)


@pytest.fixture(scope="module", params=NAMESPACES)
def snapshot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The snapshot of a sample cluster, as if it had been read from a server."""
    path: Path = tmp_path_factory.mktemp("snapshot") / request.param
    load(SAMPLES / request.param).snapshot(path)
    data = json.loads(gzip.decompress(path.read_bytes()))
    data |= {"server": {"gitVersion": "v1.24.17", "unread": []}, "kubernetesVersion": "1.24"}
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def run(command: str, snapshot: Path) -> Result:
    namespace = NAMESPACES.get(snapshot.name, "default")
    source = "" if "{snapshot}" in command else f" -f {snapshot}"
    return CliRunner().invoke(
        main, shlex.split(command.format(snapshot=snapshot, namespace=namespace) + source)
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_an_answer_is_the_same_as_if_all_kinds_were_read(
    command: str, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partly = run(command, snapshot)
    monkeypatch.setattr(cluster_files, "has_cache", lambda: True)
    wholly = run(command, snapshot)
    assert (partly.exit_code, partly.output) == (wholly.exit_code, wholly.output)


BROKEN_POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": "prod"}, "spec": []}


def test_a_pod_of_a_snapshot_is_read_only_where_it_matters(snapshot: Path, tmp_path: Path) -> None:
    data = json.loads(snapshot.read_text(encoding="utf-8"))
    data["items"].append(BROKEN_POD)
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert run("who-can get secrets -n default", path).exit_code == 0
    assert "prod/x: spec must be an object" in run("audit", path).output


def test_pods_of_other_files_are_always_read(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [BROKEN_POD]}), encoding="utf-8")
    assert run("who-can get secrets", path).exit_code == 2

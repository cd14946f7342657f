"""Tests that a snapshot stores a cluster in one file."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rbacpsp.decode import LoadError, decode_objects
from rbacpsp.model import Manifest, Objects, Version
from rbacpsp.sources import read_files
from rbacpsp.sources.snapshot import write_snapshot

DATA = Path(__file__).parents[1] / "conformance" / "data"


def items(name: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        found: list[dict[str, Any]] = json.loads(next(lines))["cluster"]["items"]
    return found


def contents(objects: Objects) -> list[Any]:
    plain = [one.body if isinstance(one, Manifest) else msgspec.to_builtins(one) for one in objects]
    return sorted(plain, key=json.dumps)


@pytest.fixture
def cluster() -> Objects:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "a"}]},
    }
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"p": "aHVudGVyMg=="}}
    typo = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "typo"}, "sepc": {}}
    return decode_objects([*items("psp-create.jsonl.gz"), pod, secret, typo])


def test_a_snapshot_loads_again_as_the_same_cluster(tmp_path: Path, cluster: Objects) -> None:
    path = tmp_path / "prod.json.gz"
    write_snapshot(path, cluster, Version(1, 24))
    again = read_files([path]).objects
    assert contents(again) == contents(cluster)
    assert again.kubernetes_version == Version(1, 24)
    assert again.warnings == cluster.warnings
    assert again.ignored == cluster.ignored == {**cluster.ignored, "Secret": 1}
    assert b"aHVudGVyMg" not in gzip.decompress(path.read_bytes())


def test_an_unchanged_cluster_gives_the_same_bytes(tmp_path: Path, cluster: Objects) -> None:
    first, second, shuffled = (tmp_path / f"{name}.json.gz" for name in "abc")
    write_snapshot(first, cluster)
    write_snapshot(second, read_files([first]).objects)
    backwards = decode_objects(reversed(items("rbac.jsonl.gz")))
    write_snapshot(shuffled, backwards)
    straight = tmp_path / "d.json.gz"
    write_snapshot(straight, decode_objects(items("rbac.jsonl.gz")))
    assert first.read_bytes() == second.read_bytes()
    assert shuffled.read_bytes() == straight.read_bytes()


def test_an_unreadable_header_is_not_a_snapshot_without_gaps(tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    body = {"apiVersion": "rbacpsp.io/v1", "kind": "Snapshot", "server": {"unread": "roles"}, "items": []}
    path.write_text(json.dumps(body))
    with pytest.raises(LoadError) as raised:
        read_files([path])
    assert str(raised.value) == (
        f"{path}, document 1, line 1: the header of this snapshot cannot be read: server.unread must be a"
        " list, not a string; make the snapshot again, or read it with the rbacpsp that made it"
    )


@pytest.mark.parametrize("entry", [{}, {"name": "pods", "kind": "Pod", "namespaced": 1, "verbs": []}])
def test_a_header_whose_resources_cannot_be_read_is_reported(tmp_path: Path, entry: dict[str, Any]) -> None:
    path = tmp_path / "odd.json"
    served = [{"groupVersion": "v1", "resources": [entry]}]
    head = {"apiVersion": "rbacpsp.io/v1", "kind": "Snapshot", "server": {"discovery": served}}
    path.write_text(json.dumps(head))
    with pytest.raises(LoadError, match="the header of this snapshot cannot be read: "):
        read_files([path])


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, cluster: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "prod.json.gz"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_snapshot(path, cluster)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("prod.json.gz", b"old")]

"""Tests the options for reading snapshots; a run with other options has other results."""

import json
from pathlib import Path

import pytest

from tests.fleet.fleets import cluster, ran, rows, written

pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")

GOOD = json.dumps(cluster(0))
FILES = {
    "bad.yaml": f"{GOOD}\n---\nkind: Role\napiVersion: rbac.authorization.k8s.io/v1\nrules: 5\n".encode(),
    "twice.json": GOOD.replace('"kind": "List"', '"kind": "List", "kind": "List"').encode(),
    "whole.json": GOOD.encode(),
}


def statuses(folder: Path, *options: str) -> dict[str, tuple[str, str | None]]:
    """Status and version by cluster of a run."""
    run = "-".join(word.strip("-") for word in ("a", *options))
    ran("fleet", "audit", folder / "s", "-O", folder / "r", "--run", run, *options)
    return {row["cluster"]: (row["status"], row["version"]) for row in rows(folder / "r", "clusters", run)}


def test_snapshots_are_read_as_the_options_say(tmp_path: Path) -> None:
    written(tmp_path / "s", FILES)
    unreadable, newest = ("unreadable", None), ("ok", "1.37")
    assert statuses(tmp_path) == {"bad": unreadable, "twice": unreadable, "whole": newest}
    assert statuses(tmp_path, "--duplicates", "last") == {
        "bad": unreadable,
        "twice": newest,
        "whole": newest,
    }
    assert statuses(tmp_path, "--keep-going", "--kubernetes-version", "1.30") == {
        "bad": ("partial", "1.30"),
        "twice": unreadable,
        "whole": ("ok", "1.30"),
    }
    (partial,) = (
        row
        for row in rows(tmp_path / "r", "clusters", "a-keep-going-kubernetes-version-1.30")
        if row["cluster"] == "bad"
    )
    assert f"{tmp_path / 's' / 'bad.yaml'}" in partial["reason"]
    assert partial["worst"] == "critical"


def test_a_question_is_answered_for_the_version_that_is_given(tmp_path: Path) -> None:
    written(tmp_path / "s", {"whole.json": FILES["whole.json"]})
    for run, words, version in (
        ("newest", (), "Kubernetes 1.37, assumed"),
        ("given", ("--kubernetes-version", "1.30"), "Kubernetes 1.30"),
    ):
        result = ran("fleet", "ask", "audit", tmp_path / "s", "-O", tmp_path / "r", "--run", run, *words)
        assert result.returncode == 0, result.stderr
        (row,) = rows(tmp_path / "r", "clusters", run)
        assert row["version"] == version.split()[1].rstrip(",")
    result = ran(
        "fleet",
        "ask",
        "can-i use psp --as ann",
        tmp_path / "s",
        "-O",
        tmp_path / "r",
        "--run",
        "old",
        "--kubernetes-version",
        "1.24",
    )
    assert result.returncode == 0, result.stderr
    (answer,) = rows(tmp_path / "r", "answers", "old")
    assert answer["result"] == "yes"


def test_a_run_is_not_continued_with_other_options(tmp_path: Path) -> None:
    written(tmp_path / "s", {"whole.json": FILES["whole.json"]})
    arguments = ("fleet", "audit", tmp_path / "s", "-O", tmp_path / "r", "--run", "a")
    assert ran(*arguments).returncode == 0
    result = ran(*arguments, "--kubernetes-version", "1.30")
    assert result.returncode == 2
    assert "is a run of another command (audit, with other sources or options)" in result.stderr


def test_an_unknown_version_is_reported_before_anything_is_read(tmp_path: Path) -> None:
    result = ran("fleet", "audit", tmp_path, "-O", tmp_path / "r", "--kubernetes-version", "new")
    assert result.returncode == 2
    assert "--kubernetes-version" in result.stderr
    assert not (tmp_path / "r").exists()

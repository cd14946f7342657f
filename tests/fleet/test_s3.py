"""Tests a fleet in a bucket of an S3 server on this machine."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rbacpsp.cli import main
from rbacpsp.fleet.tables import decoded
from tests.fleet.fleets import below, command, good, hostile, ran, single, written
from tests.fleet.s3 import BUCKET, environment, served, store

pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")
pytest.importorskip("moto", reason="a fleet in S3 is tested against moto's server (requirements/all.txt)")


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with served(tmp_path_factory.mktemp("s3") / "log") as found:
        yield environment(found)


def listed(bucket: Any, under: str) -> dict[str, tuple[str, Any]]:
    import obstore

    return {
        each["path"]: (each["e_tag"], each["last_modified"])
        for found in obstore.list(bucket, under)
        for each in found
    }


def rows(bucket: Any, under: str) -> list[dict[str, Any]]:
    import obstore

    return [
        row
        for name in sorted(listed(bucket, under))
        for row in decoded(bytes(obstore.get(bucket, name).bytes()))
    ]


def test_a_bucket_is_read_and_written_as_folders_are(env: dict[str, str], tmp_path: Path) -> None:
    import obstore

    bucket = store(env)
    files = {**good(4), **hostile()}
    for name, data in files.items():
        obstore.put(bucket, f"snapshots/deep/{name}", data)
    obstore.put(bucket, "snapshots/notes.txt", b"no snapshot")
    arguments = ("fleet", "audit", f"s3://{BUCKET}/snapshots/", "-O", f"s3://{BUCKET}/results/", "--run", "a")
    result = ran(*arguments, env=env)
    assert result.returncode == 3, result.stderr
    found = rows(bucket, "results/run=a/table=clusters")
    assert sorted(row["source"] for row in found) == [
        f"s3://{BUCKET}/snapshots/deep/{name}" for name in sorted(files)
    ]
    statuses = {row["source"].rpartition("/")[2]: row["status"] for row in found}
    assert {name for name, status in statuses.items() if status == "ok"} == set(good(4))
    assert {name for name, status in statuses.items() if status == "empty"} == {
        "bad-empty.json",
        "bad-empty.json.gz",
    }
    reasons = {row["source"].rpartition("/")[2]: row["reason"] for row in found}
    assert reasons["bad-truncated.json.gz"].startswith(
        f"s3://{BUCKET}/snapshots/deep/bad-truncated.json.gz: "
    )

    findings = rows(bucket, "results/run=a/table=findings")
    folder = written(tmp_path / "same", good(4))
    for name in good(4):
        own = [row for row in findings if row["source"].endswith(f"/{name}")]
        assert [(row["rule"], row["severity"], row["fingerprint"]) for row in own] == single(folder / name)

    before = listed(bucket, "results")
    assert ran(*arguments, env=env).returncode == 3
    assert listed(bucket, "results") == before

    globbed = (
        "fleet",
        "audit",
        f"s3://{BUCKET}/snapshots/**/good-00[01].json.gz",
        "-O",
        tmp_path / "r",
        "--run",
        "g",
    )
    assert ran(*globbed, env=env).returncode == 0
    assert len(list((tmp_path / "r/run=g/table=clusters").iterdir())) == 2
    local = ("fleet", "audit", folder, "-O", f"s3://{BUCKET}/other", "--run", "l")
    assert ran(*local, env=env).returncode == 0
    assert len(rows(bucket, "other/run=l/table=clusters")) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes by Linux's /proc")
def test_killed_workers_and_a_killed_run_leave_the_tables_of_single_runs(
    env: dict[str, str], tmp_path: Path
) -> None:
    """Forty snapshots, eight of them hostile, or five times as many with a kill every five seconds."""
    import obstore

    long = bool(os.environ.get("RBACPSP_LONG"))
    bucket = store(env)
    files = {
        f"{number}/{name}": data
        for number in range(5 if long else 1)
        for name, data in {**good(32), **hostile()}.items()
    }
    for name, data in files.items():
        obstore.put(bucket, f"many/{name}", data)
    done = "kills/run=a/table=clusters"
    words = command(
        *(
            "fleet",
            "audit",
            f"s3://{BUCKET}/many/",
            "-O",
            f"s3://{BUCKET}/kills/",
            "--run",
            "a",
            "--workers",
            "2",
        )
    )

    def begun() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    process, killed = begun(), 0.0
    before: dict[str, tuple[str, Any]] = {}
    while process.poll() is None:
        parts = listed(bucket, done)
        if len(parts) >= len(files) // 8 and (not killed or (long and time.monotonic() - killed > 5)):
            workers = below(process.pid)
            if workers:
                with suppress(ProcessLookupError):
                    os.kill(random.choice(workers), signal.SIGKILL)  # noqa: S311 - any of them
                killed = time.monotonic()
        if len(parts) >= len(files) // 3 and not before:
            process.kill()
            process.wait()
            before = listed(bucket, "kills/run=a/table=findings")
            process = begun()
        time.sleep(0.05)
    assert killed
    assert before
    assert process.returncode == 3
    after = listed(bucket, "kills/run=a/table=findings")
    assert {name: after[name] for name in before} == before
    result = rows(bucket, done)
    assert sorted(row["source"] for row in result) == [f"s3://{BUCKET}/many/{name}" for name in sorted(files)]
    assert {row["status"] for row in result if "/good-" in row["source"]} == {"ok"}
    assert {row["status"] for row in result if "/bad-" in row["source"]} == {"empty", "unreadable"}
    findings = rows(bucket, "kills/run=a/table=findings")
    folder = written(tmp_path / "same", good(32))
    for name in good(32):
        for number in range(5 if long else 1):
            own = [row for row in findings if row["source"].endswith(f"/{number}/{name}")]
            assert [(row["rule"], row["severity"], row["fingerprint"]) for row in own] == single(
                folder / name
            )


def test_the_first_writer_of_an_object_wins(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from rbacpsp.fleet.stores.remote import RemoteStore

    for name, value in env.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    here = RemoteStore(f"s3://{BUCKET}")
    assert here.write_new("once/a", b"first")
    assert not here.write_new("once/a", b"second")
    assert here.read("once/a") == b"first"
    here.replace("once/a", b"third")
    assert here.read("once/a") == b"third"
    assert here.folders("once") == []
    here.remove("once/a")
    here.remove("once/a")
    assert here.read("once/a") is None


@pytest.mark.parametrize(
    ("source", "without", "said"),
    [
        (f"s3://{BUCKET}/none/", (), "no snapshot was found"),
        ("s3://missing/x/", (), "s3://missing/x cannot be read or written: "),
        ("s3:///x", (), "names no bucket"),
        (f"s3://{BUCKET}/", ("AWS_ALLOW_HTTP",), "set AWS_ALLOW_HTTP=true if this is intended"),
        (f"s3://{BUCKET}/", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "there is no login for it"),
    ],
)
def test_wrong_addresses_and_missing_logins_are_one_line_errors(
    env: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    source: str,
    without: tuple[str, ...],
    said: str,
) -> None:
    for name, value in env.items():
        if name.startswith("AWS_") and name not in without:
            monkeypatch.setenv(name, value)
    for name in without:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")  # no machine of Amazon's
    result = CliRunner().invoke(main, ["fleet", "audit", source, "-O", str(tmp_path / "r")])
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1

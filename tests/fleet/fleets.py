"""Builds fleets for tests: snapshots, hostile files, and runs of the program over them."""

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from rbacpsp.cli import main
from rbacpsp.fleet.tables import decoded

JSONObject = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"


def cluster(number: int) -> JSONObject:
    """A small cluster; each number has other subjects and another count of findings."""
    items: list[JSONObject] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod"}},
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "secrets"},
            "rules": [{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}],
        },
    ]
    items += [
        _binding(f"reader-{each}", "secrets", f"user-{number}-{each}") for each in range(number % 3 + 1)
    ]
    if number % 4 == 0:
        items.append(_binding("admins", "cluster-admin", "ann"))
    return {"apiVersion": "v1", "kind": "List", "items": items}


def _binding(name: str, role: str, user: str) -> JSONObject:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": user}],
    }


def packed(value: object) -> bytes:
    """A value as packed JSON."""
    return gzip.compress(json.dumps(value).encode(), mtime=0)


def good(count: int) -> dict[str, bytes]:
    """The files of small clusters."""
    return {f"good-{number:03}.json.gz": packed(cluster(number)) for number in range(count)}


def hostile() -> dict[str, bytes]:
    """Eight files that are not snapshots."""
    whole = packed(cluster(1))
    return {
        "bad-bomb.json.gz": _bomb(),
        "bad-empty.json": b"",
        "bad-empty.json.gz": gzip.compress(b"", mtime=0),
        "bad-kind.json": b'{"hello": 1}',
        "bad-nested.json": b"[" * 2_000_000,
        "bad-nested.yaml": b"- " * 100_000 + b"a",
        "bad-plain.json.gz": b"not gzip",
        "bad-truncated.json.gz": whole[: len(whole) // 2],
    }


def _bomb() -> bytes:
    sink = io.BytesIO()
    with gzip.GzipFile(fileobj=sink, mode="wb", mtime=0) as stream:
        for _ in range(200):
            stream.write(b" " * (1 << 20))
    return sink.getvalue()


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files to a folder."""
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def command(*words: str | Path) -> list[str]:
    """A command line of the program."""
    return [sys.executable, "-m", "rbacpsp", *map(str, words)]


def ran(*words: str | Path, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """The result of a command line, run in a process."""
    return subprocess.run(
        command(*words),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env=env and {**os.environ, **env},
    )


def rows(results: Path, table: str, run: str) -> list[dict[str, Any]]:
    """The rows of a table of a run, sorted by source; a source's own stay in their order."""
    parts = sorted((results / f"run={run}" / f"table={table}").glob("*.parquet"))
    result = [row for part in parts for row in decoded(part.read_bytes())]
    return sorted(result, key=lambda row: str(row["source"]))


def single(snapshot: Path) -> list[tuple[str, str, str]]:
    """Rule, severity and fingerprint of the findings of the audit of one snapshot."""
    result = CliRunner().invoke(main, ["audit", "-f", str(snapshot), "-o", "json"])
    assert result.exit_code == 0, result.stderr
    findings = json.loads(result.stdout)["findings"]
    return [(each["rule"], each["severity"], each["fingerprint"]) for each in findings]


def state(results: Path) -> dict[str, tuple[int, int, int]]:
    """Every file of results, with the attributes that change when it is written: inode, time and size."""
    return {
        str(path.relative_to(results)): (found.st_ino, found.st_mtime_ns, found.st_size)
        for path in results.rglob("*")
        if path.is_file() and (found := path.stat())
    }


def below(pid: int) -> list[int]:
    """The processes below a process."""
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text(encoding="ascii").split()
        ]
    except OSError:
        return []
    return [each for child in children for each in (child, *below(child))]

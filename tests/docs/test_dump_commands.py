"""Tests the commands of the README that dump a cluster, with a fake kubectl of a release."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.console import ROOT

BLOCK = re.compile(r"Give it a dump of a cluster:\n\n((?: {4}.*\n)+)")
SHELL = shutil.which("sh")
KUBECTL = """#!{python}
import json, sys
words = sys.argv[1:]
if words[0] == "version":
    client, server = {{"gitVersion": "v1.30.0"}}, {{"gitVersion": "{release}"}}
    print(json.dumps({{"clientVersion": client, "serverVersion": server}}))
    sys.exit()
assert words[0] == "get" and words[2:] == ["-A", "-o", "json"], words
if words[1] in {missing}:
    sys.exit('error: the server doesn\\'t have a resource type "' + words[1] + '"')
print(json.dumps({{"apiVersion": "v1", "kind": "List", "items": json.loads({items!r}).get(words[1], [])}}))
"""
ITEMS = {
    "clusterroles": [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "reader"},
            "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}],
        }
    ],
    "clusterrolebindings": [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "reader"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}],
        }
    ],
}


@pytest.mark.skipif(SHELL is None, reason="there is no shell")
@pytest.mark.parametrize(
    ("release", "missing"),
    [
        ("v1.16.15", []),
        ("v1.24.17", []),
        ("v1.25.16", ["psp"]),
        ("v1.37.1", ["psp"]),
        ("v1.37.1", ["psp", "pods"]),
    ],
)
def test_the_dump_of_any_release_is_read_and_no_file_is_empty(
    tmp_path: Path, release: str, missing: list[str]
) -> None:
    paths = BLOCK.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert paths
    programs = tmp_path / "bin"
    programs.mkdir()
    text = KUBECTL.format(python=sys.executable, release=release, missing=missing, items=json.dumps(ITEMS))
    for name, content in (
        ("kubectl", text),
        ("rbacpsp", f'#!/bin/sh\nexec "{sys.executable}" -m rbacpsp "$@"\n'),
    ):
        (programs / name).write_text(content, encoding="utf-8")
        (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(SHELL), "-c", paths[1]],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    files = {each.stem: each for each in (tmp_path / "dump").iterdir()}
    assert done.returncode == 0, done.stderr
    assert "User/alice" in done.stdout
    assert f"Kubernetes {release[1:].rpartition('.')[0]}" in done.stderr
    assert not files.keys() & set(missing)
    assert files.keys() >= {"version", "clusterroles", "namespaces"}
    assert all(file.stat().st_size for file in files.values())

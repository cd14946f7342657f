"""Tests the sources of the page: they build to the committed files, and their own tests pass."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import rbacpsp
from rbacpsp import Cluster, Request
from rbacpsp.page.data import data
from rbacpsp.page.facts import Facts, Origin
from tests.page.browser.test_conformance import BATCHES, PARAMETERS

pytestmark = pytest.mark.browser

PAGE = Path(rbacpsp.__file__).parent / "page"
UI, BUILT = PAGE / "ui", PAGE / "built"


@pytest.fixture(scope="module")
def node() -> str:
    if not os.environ.get("RBACPSP_BROWSER"):
        pytest.skip("not run: it needs Node (make test-browser)")
    result = shutil.which("node")
    assert result, "install Node 20 or later"
    assert (UI / "node_modules").is_dir(), "run npm ci in rbacpsp/page/ui"
    return result


def test_the_committed_build_is_that_of_the_sources(node: str, tmp_path: Path) -> None:
    subprocess.run([node, "build.mjs", str(tmp_path)], cwd=UI, check=True, timeout=120)
    for file in BUILT.iterdir():
        assert (tmp_path / file.name).read_bytes() == file.read_bytes(), file.name


def recorded(batch: dict[str, Any]) -> dict[str, Any]:
    facts = Facts.of(Cluster.from_objects(batch["cluster"]["items"]), None, Origin(), "")
    cases = []
    for case in batch["cases"]:
        request = Request.from_attributes(case)
        asked = {name: getattr(request, name) or "" for name in PARAMETERS}
        cases.append(
            {"user": case["user"], "groups": case["groups"], "request": asked, "allowed": case["allowed"]}
        )
    return {"data": data(facts), "cases": cases}


def test_types_hold_and_every_recorded_request_is_decided_as_the_server_did(
    node: str, tmp_path: Path
) -> None:
    file = tmp_path / "recorded.json"
    file.write_text(json.dumps([recorded(batch) for batch in BATCHES]), encoding="utf-8")
    modules = UI / "node_modules"
    environment = {**os.environ, "RBACPSP_RECORDED": str(file)}
    for script in ("typescript/bin/tsc", "vitest/vitest.mjs"):
        arguments = ["--noEmit"] if "tsc" in script else ["run"]
        done = subprocess.run(
            [node, str(modules / script), *arguments],
            cwd=UI,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

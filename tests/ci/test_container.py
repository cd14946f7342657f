"""Tests the image: lints it, builds it in a scratch folder, and runs it as a pod does.

Where a builder exists it is asked too. What only a registry can prove: that the base image and the locked
packages can be fetched.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ci.containerfile import Stage, built, instructions
from tests.ci.repository import ADMIN, program
from tests.docs.console import ROOT

CONTAINERFILE = ROOT / "Containerfile"


def run(image: Stage, work: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run its entrypoint in a mounted folder."""
    environment = {**image.variables(), "HOME": str(work), "KUBECONFIG": os.devnull}
    command = [shutil.which(image.entrypoint[0], path=environment["PATH"]) or "", *image.entrypoint[1:]]
    return subprocess.run(
        [*command, *(words or image.command)],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """The times and sizes of all files, through links."""
    result = {}
    for place, _, names in os.walk(folder, followlinks=True):
        for name in names:
            file = Path(place, name)
            result[str(file)] = (file.lstat().st_mtime_ns, file.lstat().st_size)
    return result


def test_a_linter_finds_nothing() -> None:
    done = subprocess.run([program("hadolint"), CONTAINERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.slow
def test_the_image_answers_as_nobody_holds_no_installer_and_no_source_and_writes_nothing(
    tmp_path: Path,
) -> None:
    scratch, work = tmp_path / "scratch", tmp_path / "work"
    scratch.mkdir()
    work.mkdir()
    image = built(CONTAINERFILE, ROOT, scratch, {"VERSION": "9.8.7"})
    assert image.user == "65532:65532"
    result = image.place("/opt/rbacpsp")
    assert not list(result.glob("bin/pip*"))
    assert not list(result.glob("lib/python*/site-packages/pip"))
    assert not list(result.glob("lib/python*/site-packages/rbacpsp/page/ui"))
    assert not image.place("/opt/source").exists()

    (work / "ci.yaml").write_text(ADMIN, encoding="utf-8")
    before = state(image.folder)
    assert run(image, work).stdout.startswith("Usage: rbacpsp [OPTIONS] COMMAND [ARGS]...")
    done = run(image, work, "audit", "-f", ".", "--severity", "critical", "--fail-on", "high")
    assert done.returncode == 1, done.stderr
    assert "delete ClusterRoleBinding ci" in done.stdout
    assert run(image, work, "--version").stdout == "9.8.7\n"
    assert state(image.folder) == before
    assert [path.name for path in work.iterdir()] == ["ci.yaml"]


def test_everything_that_is_fetched_is_pinned_by_hashes() -> None:
    runs = [rest for word, rest in instructions(CONTAINERFILE.read_text(encoding="utf-8")) if word == "RUN"]
    installs = re.findall(r"pip install ([^&]*)", " && ".join(runs))
    assert len(installs) == 3
    assert all("--require-hashes" in install or "--no-index" in install for install in installs)


@pytest.mark.slow
def test_a_builder_builds_it(tmp_path: Path) -> None:
    builder = next((found for name in ("podman", "buildah", "docker") if (found := shutil.which(name))), None)
    if not builder or subprocess.run([builder, "info"], capture_output=True, check=False).returncode:
        pytest.skip("not run: no podman, buildah or docker that works")
    if not os.environ.get("RBACPSP_NETWORK"):
        pytest.skip("not run: building fetches a base image and packages; set RBACPSP_NETWORK=1")
    tag = f"rbacpsp-test-{os.getpid()}"
    subprocess.run([builder, "build", "--tag", tag, "--file", CONTAINERFILE, ROOT], check=True)
    (tmp_path / "ci.yaml").write_text(ADMIN, encoding="utf-8")
    words = ["run", "--rm", "--read-only", "--volume", f"{tmp_path}:/work:ro", tag, "audit", "-f", "."]
    assert "RBP001" in subprocess.run([builder, *words], capture_output=True, text=True, check=True).stdout

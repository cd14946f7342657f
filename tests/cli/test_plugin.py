"""Tests `kubectl rbacpsp`: the plugin, its completion through kubectl, and the krew manifest."""

import hashlib
import importlib.util
import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from rbacpsp import __version__

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
NAMES = ROOT / "sample_clusters" / "psp-by-example"


def run(*arguments: str | Path, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": path or f"{PROGRAMS}:{os.environ['PATH']}"}
    return subprocess.run(
        [*map(str, arguments)], capture_output=True, text=True, check=False, env=environment
    )


def test_kubectl_finds_the_plugin() -> None:
    if not shutil.which("kubectl"):
        pytest.skip("not run: kubectl is missing")
    done = run("kubectl", "rbacpsp", "psp", "users", "100-psp", "-o", "name", "-f", NAMES)
    assert done.stdout.splitlines()[0] == "Group/system:masters"
    listed = run("kubectl", "plugin", "list")
    assert str(PROGRAMS / "kubectl-rbacpsp") in listed.stdout


def test_the_plugin_calls_itself_by_the_name_that_was_typed() -> None:
    assert run(PROGRAMS / "kubectl-rbacpsp", "--help").stdout.startswith("Usage: kubectl rbacpsp ")


@pytest.mark.parametrize(
    ("words", "choices"),
    [
        (
            ["who"],
            [
                "who-can\tShow which subjects can do something.",
                "whoami\tShow your user and groups as the API server sees them.",
            ],
        ),
        (["psp", "adm"], ["admit\tShow which policy admits a pod, and why."]),
        (["lookup", "--ro"], ["--role\tShow who is bound to a role: view, ClusterRole/view, Role/dev."]),
        (["lookup", "-o", "js"], ["json"]),
    ],
)
def test_completion_answers_as_kubectl_asks(words: list[str], choices: list[str]) -> None:
    done = run(PROGRAMS / "kubectl_complete-rbacpsp", *words)
    assert done.stdout.splitlines() == [*choices, ":4"]
    assert (done.stderr, done.returncode) == ("", 0)


def test_a_word_that_is_not_utf_8_is_completed_quietly() -> None:
    done = subprocess.run(
        [PROGRAMS / "kubectl_complete-rbacpsp", "who-can", b"--sort-by=\xff"],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b":4\n", b"")


def test_files_are_completed_by_the_shell() -> None:
    assert run(PROGRAMS / "kubectl_complete-rbacpsp", "lookup", "-f", "").stdout == ":0\n"


def test_without_words_every_command_is_offered() -> None:
    assert "can-i\tCheck" in run(PROGRAMS / "kubectl_complete-rbacpsp").stdout


@pytest.fixture
def build() -> ModuleType:
    """The script that builds the krew archive."""
    spec = importlib.util.spec_from_file_location("krew_build", ROOT / "tools" / "krew" / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_krew_manifest_names_the_version_and_the_checksum_of_the_archive(build: ModuleType) -> None:
    text = (ROOT / "plugins" / "rbacpsp.yaml").read_text(encoding="utf-8")
    digest = hashlib.sha256(build.archive()).hexdigest()
    manifest = yaml.safe_load(text)
    assert text == build.manifest(text, manifest["spec"]["version"].removeprefix("v"), digest)
    assert (manifest["apiVersion"], manifest["kind"]) == (
        "krew.googlecontainertools.github.com/v1alpha2",
        "Plugin",
    )
    assert manifest["metadata"]["name"] == "rbacpsp"
    spec = manifest["spec"]
    assert len(spec["shortDescription"]) <= 50
    (platform,) = spec["platforms"]
    assert (platform["bin"], platform["sha256"]) == ("kubectl-rbacpsp", digest)


def test_the_launcher_of_krew_runs_what_is_installed_and_says_when_nothing_is(
    build: ModuleType, tmp_path: Path
) -> None:
    with zipfile.ZipFile(io.BytesIO(build.archive())) as packed:
        assert packed.getinfo("kubectl-rbacpsp").external_attr >> 16 == 0o100755
        launcher = tmp_path / "kubectl-rbacpsp"
        launcher.write_bytes(packed.read("kubectl-rbacpsp"))
    launcher.chmod(0o755)
    assert run(launcher, "--version").stdout == f"{__version__}\n"
    missing = run(launcher, "--version", path="/nonexistent")
    assert missing.returncode == 2
    assert missing.stderr.startswith("error: rbacpsp is not installed: run 'pipx install rbacpsp'")

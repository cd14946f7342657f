"""Tests a release: the files that `make release` builds, and the workflow that publishes them.

What only a registry can prove: that PyPI and GitHub take the files, and that the provenance is signed.
"""

import hashlib
import json
import subprocess
import sys
import sysconfig
import tarfile
import venv
from collections.abc import Mapping
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from tests.ci.repository import PROGRAMS, Repository, program
from tests.ci.source import source
from tests.docs.console import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return source(tmp_path_factory.mktemp("tagged"), "v9.8.7")


def released(repository: Repository, folder: str) -> Path:
    """Run the commands of `make release` with the programs of this environment."""
    program("cyclonedx-py")
    repository.run("tools/release.sh", str(PROGRAMS), folder)
    return repository.path / folder


@pytest.fixture(scope="module")
def release(tagged: Repository) -> Path:
    return released(tagged, "dist/release")


def metadata(wheel: Path) -> Mapping[str, str]:
    with ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        return dict(Parser().parsestr(archive.read(name).decode()))


@pytest.mark.slow
def test_a_release_holds_wheel_sdist_sbom_plugin_and_checksums_of_the_version_of_the_tag(
    release: Path,
) -> None:
    assert sorted(path.name for path in release.iterdir()) == [
        "SHA256SUMS",
        "kubectl-rbacpsp.zip",
        "rbacpsp-9.8.7-py3-none-any.whl",
        "rbacpsp-9.8.7.cdx.json",
        "rbacpsp-9.8.7.tar.gz",
        "rbacpsp.yaml",
    ]
    wheel = release / "rbacpsp-9.8.7-py3-none-any.whl"
    assert metadata(wheel)["Version"] == "9.8.7"
    with ZipFile(wheel) as archive:
        assert archive.read("rbacpsp/version.txt") == b"9.8.7"
        assert not [name for name in archive.namelist() if name.startswith(("tests", "rbacpsp/page/ui"))]
    for line in (release / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((release / name).read_bytes()).hexdigest() == digest


@pytest.mark.slow
def test_the_sbom_names_every_package_that_is_locked(release: Path) -> None:
    sbom = json.loads((release / "rbacpsp-9.8.7.cdx.json").read_text(encoding="utf-8"))
    assert sbom["bomFormat"] == "CycloneDX"
    about = sbom["metadata"]["component"]
    assert (about["name"], about["version"], about["type"]) == ("rbacpsp", "9.8.7", "application")
    locked = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    pins = {tuple(line.split(" ")[0].split("==")) for line in locked.splitlines() if line[:1].isalnum()}
    assert {(component["name"], component["version"]) for component in sbom["components"]} == pins
    assert all(
        component["purl"] == f"pkg:pypi/{component['name']}@{component['version']}"
        for component in sbom["components"]
    )
    assert all(component["externalReferences"][0]["hashes"] for component in sbom["components"])


@pytest.mark.slow
def test_the_plugin_of_krew_is_that_of_the_release(release: Path) -> None:
    manifest = yaml.safe_load((release / "rbacpsp.yaml").read_text(encoding="utf-8"))
    assert manifest["spec"]["version"] == "v9.8.7"
    (platform,) = manifest["spec"]["platforms"]
    assert "/releases/download/v9.8.7/" in platform["uri"]
    assert platform["sha256"] == hashlib.sha256((release / "kubectl-rbacpsp.zip").read_bytes()).hexdigest()
    with ZipFile(release / "kubectl-rbacpsp.zip") as archive:
        assert platform["bin"] in archive.namelist()


@pytest.mark.slow
def test_the_same_commit_gives_the_same_bytes_and_a_later_one_a_version_of_development(
    tagged: Repository, release: Path
) -> None:
    again = released(tagged, "again")
    assert (again / "SHA256SUMS").read_bytes() == (release / "SHA256SUMS").read_bytes()
    later = Repository(tagged.path.parent / "later")
    tagged.run("git", "clone", "--quiet", str(tagged.path), str(later.path))
    later.commit({"CHANGELOG.md": "# Later\n"})
    assert later.run(str(PROGRAMS / "hatchling"), "version").stdout == "9.8.8.dev1\n"


@pytest.mark.slow
def test_the_sdist_builds_the_same_version_without_git(release: Path, tmp_path: Path) -> None:
    with tarfile.open(release / "rbacpsp-9.8.7.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    folder = tmp_path / "rbacpsp-9.8.7"
    assert (folder / "requirements" / "run.txt").exists()
    words = ["-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "dist")]
    subprocess.run([sys.executable, *words], cwd=folder, check=True, capture_output=True)
    assert [path.name for path in (tmp_path / "dist").iterdir()] == ["rbacpsp-9.8.7-py3-none-any.whl"]


@pytest.mark.slow
def test_a_copy_without_git_and_tags_is_built_too(tmp_path: Path) -> None:
    copy = source(tmp_path, None)
    words = [str(PROGRAMS / "hatchling"), "version"]
    assert copy.run(*words).stdout.startswith("0.")
    (copy.path / ".git").rename(tmp_path / "git")
    assert copy.run(*words).stdout == "0.0.0\n"


@pytest.mark.slow
def test_the_install_line_of_the_readme_works_from_a_clone(tagged: Repository, tmp_path: Path) -> None:
    (line,) = [
        each
        for each in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        if each.startswith("    pip install ")
    ]
    assert line.partition("#")[0].split() == ["pip", "install", "."]
    # This environment replaces a registry: it has the dependencies, and the tools that build the project.
    venv.create(tmp_path / "new", with_pip=True)
    (place,) = (tmp_path / "new").glob("lib/python*/site-packages")
    (place / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    offline = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--ignore-installed"]
    tagged.run(str(tmp_path / "new" / "bin" / "python"), "-m", "pip", "install", *offline, ".")
    version = subprocess.run(
        [tmp_path / "new" / "bin" / "rbacpsp", "--version"], capture_output=True, text=True, check=True
    )
    assert version.stdout == "9.8.7\n"


@pytest.mark.parametrize("schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"])
def test_github_would_take_the_workflow(schema: str) -> None:
    words = [program("check-jsonschema"), "--builtin-schema", schema, str(WORKFLOW)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_an_auditor_of_workflows_finds_nothing() -> None:
    words = [program("zizmor"), "--offline", "--no-progress", str(WORKFLOW)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_workflow_builds_with_make_attests_what_was_built_and_only_then_publishes() -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
    assert jobs["publish"]["needs"] == "build"
    commands = [step.get("run", "") for step in jobs["build"]["steps"]]
    assert commands.index("make test") < commands.index("make release")
    used = [step["uses"].partition("@")[0] for step in jobs["publish"]["steps"] if "uses" in step]
    assert used == [
        "actions/download-artifact",
        "actions/attest-build-provenance",
        "pypa/gh-action-pypi-publish",
    ]
    assert jobs["build"]["permissions"] == {"contents": "read"}


def test_the_makefile_runs_the_same_script() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "tools/release.sh .venv-release/bin dist/release" in text

"""Tests `rbacpsp explore`: it replaces one file atomically, and opens a browser only from a terminal."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import rbacpsp
from rbacpsp.cli import main

SAMPLE = str(Path(rbacpsp.__file__).parents[1] / "sample_clusters" / "psp-on-eks")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explore", "-f", SAMPLE, *arguments])


def about(path: Path) -> dict[str, Any]:
    match = re.search(r'id="data">(.*?)</script>', path.read_text("utf-8"), re.DOTALL)
    assert match
    header: dict[str, Any] = json.loads(match[1])["about"]
    return header


@pytest.fixture(autouse=True)
def launched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    opened: list[str] = []
    monkeypatch.setattr("click.launch", opened.append)
    return opened


def test_one_file_is_written_and_an_older_one_replaced(tmp_path: Path, launched: list[str]) -> None:
    target = tmp_path / "page.html"
    target.write_text("older")
    result = run("-O", str(target))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith(f"{target}: 0.")
    assert target.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert launched == []


def test_the_browser_opens_only_with_the_option(tmp_path: Path, launched: list[str]) -> None:
    target = tmp_path / "a page.html"
    assert run("-O", str(target), "--open").exit_code == 0
    assert launched == [f"{tmp_path.as_uri()}/a%20page.html"]


def test_a_hyphen_is_stdout_as_in_other_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, launched: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("-O", "-")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("<!DOCTYPE html>")
    assert result.stdout.endswith("</html>\n")
    assert (list(tmp_path.iterdir()), launched) == ([], [])
    assert "--open opens a file, and -O - writes to stdout" in run("-O", "-", "--open").stderr


def test_a_missing_folder_is_a_one_line_error(tmp_path: Path) -> None:
    target = tmp_path / "missing" / "page.html"
    result = run("-O", str(target))
    assert (result.exit_code, result.stderr) == (
        2,
        f"error: {target} cannot be written: there is no folder {target.parent}\n",
    )


def test_the_page_opens_with_a_subject_or_a_namespace(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    assert run("-O", str(target), "--subject", "sa/psp-eks-restrictive:eks-test-user").exit_code == 0
    assert about(target)["start"] == "subject?subject=ServiceAccount%2Fpsp-eks-restrictive%3Aeks-test-user"
    assert run("-O", str(target), "-n", "kube-system").exit_code == 0
    assert about(target)["start"] == "namespace?namespace=kube-system"


def test_a_redacted_page_does_not_name_its_source(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    assert run("-O", str(target), "--redact").exit_code == 0
    assert about(target)["sources"] == []
    page = target.read_text("utf-8")
    assert "psp-eks-restrictive" not in page
    assert SAMPLE not in page
    result = run("-O", str(target), "--redact", "-n", "kube-system")
    assert result.exit_code == 2
    assert "--redact replaces names, so --namespace would find nothing" in result.stderr

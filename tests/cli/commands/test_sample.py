"""Tests that `rbacpsp sample` writes the sample clusters in any folder."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.docs import samples

Run = Callable[..., Result]


def written(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_packed_samples_are_those_of_the_repository() -> None:
    assert samples.held() == samples.contents(), "run python -m tests.docs.samples"


def test_without_a_name_the_samples_are_listed(call: Run) -> None:
    assert "acme" in call("sample").stdout.splitlines()


def test_a_sample_is_written_where_the_examples_expect_it(call: Run, tmp_path: Path) -> None:
    result = call("sample", "acme")
    assert result.exit_code == 0, result.stderr
    assert set(written(tmp_path)) == {
        "sample_clusters/acme/README.md",
        "sample_clusters/acme/cluster.json",
        "sample_clusters/steps/acme/access.yaml",
        "sample_clusters/steps/acme/dave.yaml",
        "sample_clusters/steps/acme/fraud.yaml",
        "sample_clusters/steps/acme/last-week.json",
    }
    answer = call("who-can", "delete", "pods", "-n", "prod", "-f", "sample_clusters/acme")
    assert "Group/acme:oncall" in answer.stdout
    again = call("sample", "acme")
    assert again.exit_code == 2
    assert again.stderr == "error: sample_clusters/acme is not empty: --force replaces its content\n"
    assert call("sample", "acme", "--force").exit_code == 0


def test_all_samples_are_written_at_once(call: Run, tmp_path: Path) -> None:
    assert call("sample", "--all").exit_code == 0
    assert written(tmp_path / "sample_clusters") == samples.contents()


def test_a_given_folder_contains_only_the_cluster(call: Run, tmp_path: Path) -> None:
    assert call("sample", "acme", "-O", "mine").exit_code == 0
    assert set(written(tmp_path)) == {"mine/README.md", "mine/cluster.json"}


def test_a_misspelt_sample_is_answered_with_the_one_that_was_meant(call: Run) -> None:
    result = call("sample", "acmee")
    assert (result.exit_code, result.stderr) == (2, 'error: there is no sample "acmee"; did you mean acme?\n')

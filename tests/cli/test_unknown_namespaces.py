"""Tests that every command doubts a namespace that it is asked about and that nothing has."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp.cli import main

SAMPLES = Path(__file__).parents[2] / "sample_clusters"
POD = SAMPLES / "steps" / "psp-by-example" / "pd.yaml"
ASKED = {
    "can-i": "can-i get pods --as x",
    "describe": "describe role",
    "explore": "explore -O page.html",
    "graph": "graph",
    "lookup": "lookup",
    "matrix": "matrix pods",
    "psa who-can-bypass": "psa who-can-bypass",
    "psp admit": f"psp admit {POD}",
    "psp advise": "psp advise",
    "psp fix": f"psp fix {POD}",
    "psp simulate": "psp simulate",
    "psp users": "psp users",
    "rules": "rules User/x",
    "who-can": "who-can get pods",
}


@pytest.mark.parametrize("name", ASKED)
def test_a_namespace_that_no_list_has_is_an_error(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = (*ASKED[name].split(), "-n", "nosuch", "-f", str(SAMPLES / "psp-by-example"))
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert 'error: namespaces "nosuch" not found' in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ASKED)
def test_a_namespace_of_which_nothing_was_read_is_doubted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = (*ASKED[name].split(), "-n", "shpo", "-f", str(SAMPLES / "psp-migration"))
    assert 'no namespace "shpo" was read, nor anything in it' in CliRunner().invoke(main, words).stderr


def test_the_page_of_a_subject_that_nothing_names_is_announced_as_such(tmp_path: Path) -> None:
    words = ("explore", "--subject", "User/nosuch", "-O", str(tmp_path / "page.html"), "-f")
    result = CliRunner().invoke(main, (*words, str(SAMPLES / "psp-by-example")))
    assert "No binding names User/nosuch: its page shows what its groups have." in result.stderr

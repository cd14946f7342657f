"""Tests that `-o` selects a format and `-O` a file or folder."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from rbacpsp.cli import main
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.lazy import LazyGroup
from rbacpsp.cli.output import Folder, folder_options
from rbacpsp.report.formats import NAMES

ROOT = Path(__file__).parents[2]
CLUSTER = str(ROOT / "sample_clusters" / "psp-by-example")
MIGRATION = str(ROOT / "sample_clusters" / "psp-migration")
STEP = str(ROOT / "sample_clusters" / "steps" / "psp-by-example" / "pd.yaml")

QUESTIONS = {
    "audit": ("audit", "-f", CLUSTER, "-o", "html"),
    "can-i": ("can-i", "get", "pods", "--as", "alice", "--why", "-f", CLUSTER),
    "describe": ("describe", "psp", "-f", CLUSTER),
    "graph": ("graph", "-f", CLUSTER),
    "psa check": ("psa", "check", STEP),
    "psa check --fix": ("psa", "check", STEP, "--fix"),
    "psp admit": ("psp", "admit", STEP, "-f", CLUSTER),
    "psp advise": ("psp", "advise", "-A", "-f", MIGRATION),
    "psp compare": ("psp", "compare", "100-psp", "200-psp", "-f", CLUSTER),
    "psp fix": ("psp", "fix", STEP, "-f", CLUSTER),
    "psp list": ("psp", "list", "-f", CLUSTER),
    "psp simulate": ("psp", "simulate", "-f", MIGRATION),
    "who-can": ("who-can", "get", "secrets", "-f", CLUSTER, "-o", "json"),
}


def commands(group: LazyGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    for name, lazy in group._lazy.items():
        command = lazy.load()
        if isinstance(command, LazyGroup):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_a_file_gets_what_stdout_would_get(name: str, tmp_path: Path) -> None:
    file = tmp_path / "answer"
    file.write_text("of yesterday")
    printed = CliRunner().invoke(main, QUESTIONS[name])
    written = CliRunner().invoke(main, (*QUESTIONS[name], "-O", str(file)))
    assert printed.stdout
    assert (written.stdout, written.exit_code) == ("", printed.exit_code)
    assert file.read_text(encoding="utf-8") == printed.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["answer"]


def test_an_empty_answer_empties_the_file(tmp_path: Path) -> None:
    file = tmp_path / "answer"
    file.write_text("of yesterday")
    asked = ("lookup", "nobody", "-o", "name", "-f", CLUSTER, "-O", str(file))
    assert CliRunner().invoke(main, asked).exit_code == 0
    assert file.read_text() == ""


def test_a_failure_does_not_change_the_file(tmp_path: Path) -> None:
    file = tmp_path / "answer"
    file.write_text("of yesterday")
    ran = CliRunner().invoke(main, ("describe", "psp", "gone", "-f", CLUSTER, "-O", str(file)))
    assert ran.exit_code == 2
    assert file.read_text() == "of yesterday"


def test_an_unwritable_path_is_reported(tmp_path: Path) -> None:
    for place, reason in ((tmp_path, "Is a directory"), (tmp_path / "no" / "a", "No such file or directory")):
        ran = CliRunner().invoke(main, ("psp", "list", "-f", CLUSTER, "-O", str(place)))
        assert (ran.exit_code, ran.stderr) == (2, f"error: {place} cannot be written: {reason}\n")


def test_a_dash_is_stdout() -> None:
    ran = CliRunner().invoke(main, ("psp", "list", "-o", "name", "-f", CLUSTER, "-O", "-"))
    assert ran.stdout.startswith("podsecuritypolicy/100-psp\n")


def test_followed_output_cannot_be_written_to_a_file(tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, ("who-can", "get", "pods", "--watch", "-O", str(tmp_path / "a")))
    assert ran.exit_code == 2
    assert "error: --watch prints its answers: leave out -O\n" in ran.stderr


def test_every_format_that_a_command_offers_exists() -> None:
    for path, command in commands(main):
        for option in command.params:
            if "-o" in option.opts and path != "snapshot":
                assert isinstance(option.type, click.Choice)
                assert set(option.type.choices) <= set(NAMES), path
                assert any("-O" in param.opts for param in command.params), path


def test_a_snapshot_takes_its_file_as_either_option(tmp_path: Path) -> None:
    for option in ("-o", "-O"):
        ran = CliRunner().invoke(main, ("snapshot", option, str(tmp_path / option), "-f", CLUSTER))
        assert ran.exit_code == 0
    assert (tmp_path / "-o").read_bytes() == (tmp_path / "-O").read_bytes()


@click.command()
@folder_options
def written(*, folder: Folder) -> None:
    """Write a file to a folder."""
    with folder.opened() as place:
        (place / "a").touch()


def test_a_folder_that_is_not_empty_needs_force(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").touch()
    refused = CliRunner().invoke(written, ("-O", str(tmp_path / "out")))
    assert isinstance(refused.exception, SystemExit | InputError)
    assert "is not empty: --force replaces its content" in refused.output
    assert CliRunner().invoke(written, ("-O", str(tmp_path / "out"), "--force")).exit_code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a"]


def test_a_folder_is_not_written_to_stdout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused = CliRunner().invoke(written, ("-O", "-"))
    assert refused.exit_code == 2
    assert "several files are written, which are not for stdout: name a folder after -O" in refused.output
    assert list(tmp_path.iterdir()) == []

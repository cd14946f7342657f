"""Every command stands on the page of commands, with its help as it is printed whatever the terminal."""

import pytest

from tests.docs import commands, console


def test_the_page_of_commands_is_as_written_anew() -> None:
    assert commands.PAGE.read_text(encoding="utf-8") == commands.page(), "run python -m tests.docs.commands"


def test_every_command_of_every_group_stands_there_once() -> None:
    found = [step.command for block in console.blocks(commands.PAGE) for step in console.steps(block)]
    assert found == [f"{path} --help" for path in commands.command_paths()]
    assert {"rbacpsp --help", "rbacpsp psp --help", "rbacpsp psp fix --help"} <= set(found)


@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_help_is_as_wide_on_every_terminal(monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    before = console.run("rbacpsp psp admit --help", 0)
    monkeypatch.setenv("COLUMNS", width)
    assert console.run("rbacpsp psp admit --help", 0) == before


def test_the_readme_leads_to_the_page() -> None:
    assert "(docs/commands.md)" in (console.ROOT / "README.md").read_text(encoding="utf-8")

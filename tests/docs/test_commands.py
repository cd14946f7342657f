"""Tests that every command has a page with its help, the same on every terminal."""

import re
from pathlib import Path

import pytest

from rbacpsp.__main__ import HELP
from tests.docs import commands, console


@pytest.mark.parametrize("name", commands.PAGES.stems)
def test_the_page_of_a_command_is_up_to_date(name: str) -> None:
    pages = commands.PAGES
    assert pages.file(name).read_text("utf-8") == pages.marked(pages.page(name)), (
        "run python -m tests.docs.commands"
    )


def test_the_stored_help_equals_the_help_of_the_program() -> None:
    text = Path(HELP).read_text(encoding="utf-8")
    assert text == commands.help_text(), "run python -m tests.docs.commands"
    assert text.isascii()


def test_every_command_of_every_group_has_a_page_and_is_in_the_list() -> None:
    assert {"rbacpsp", "psp", "psp-fix", "who-can"} <= set(commands.PAGES.stems)
    text = commands.PAGES.list_file.read_text("utf-8")
    listed = re.findall(r"\(commands/([a-z-]+)\.md\)", text)
    assert sorted(listed) == sorted(set(commands.PAGES.stems) - {"rbacpsp"})


@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_help_has_the_same_width_on_every_terminal(monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    before = console.run("rbacpsp psp admit --help", 0)
    monkeypatch.setenv("COLUMNS", width)
    assert console.run("rbacpsp psp admit --help", 0) == before


def test_the_readme_links_to_the_page() -> None:
    assert "(docs/commands.md)" in (console.ROOT / "README.md").read_text(encoding="utf-8")

"""Tests the groups of options and commands in help texts."""

from collections.abc import Callable

import pytest
from click.testing import Result

from rbacpsp.cli import GROUPS, main

Run = Callable[..., Result]


def test_every_command_is_in_one_group_of_the_help() -> None:
    named = [name for _, names in GROUPS for name in names.split()]
    assert sorted(named) == sorted(main._lazy)


def test_the_options_of_all_commands_are_a_line_a_group(call: Run) -> None:
    shown = call("who-can", "--help").stdout
    assert "\nSource: -f PATH, --context NAME, --kubeconfig PATH" in shown
    assert "\nWhat if: --with PATH, --without KIND/NAME\n" in shown
    assert "\nOutput: --include-system, " in shown
    assert "Read a file, a folder" not in shown
    assert "--help-all" in shown
    assert "  --verbatim " in shown


@pytest.mark.parametrize("command", [["who-can"], ["psp", "admit"], ["audit"]])
def test_every_option_is_explained_on_demand(call: Run, command: list[str]) -> None:
    shown = call(*command, "--help-all").stdout
    for title in ("Options", "Source", "What if", "Output"):
        assert f"\n{title}:\n" in shown
    assert "Read a file, a folder (and those below it) or - for stdin; may be" in shown

"""Completion for the shells."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from click.testing import Result


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_the_program(call: Callable[..., Result], shell: str) -> None:
    result = call("completion", shell)
    assert f"_RBACPSP_COMPLETE={shell}_complete" in result.stdout
    assert result.exit_code == 0


def completed(*words: str) -> list[str]:
    program = "from rbacpsp.cli import main; main(prog_name='rbacpsp')"
    environment = {
        **os.environ,
        "_RBACPSP_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("rbacpsp", *words)),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_commands_and_options_are_completed() -> None:
    assert completed("who") == ["plain,who-can", "plain,whoami"]
    assert completed("lookup", "--ro") == ["plain,--role"]
    assert completed("lookup", "-o", "js") == ["plain,json"]


def test_a_shell_that_is_not_known_is_wrong_use(call: Callable[..., Result]) -> None:
    assert call("completion", "csh").exit_code == 2

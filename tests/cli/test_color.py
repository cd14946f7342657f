"""Tests that output is colored only on a terminal that wants color."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from rbacpsp.cli.color import colorize

ROOT = Path(__file__).parents[2]
BOLD, RED, YELLOW, GREEN, END = "\x1b[1m", "\x1b[31m\x1b[1m", "\x1b[33m", "\x1b[32m", "\x1b[0m"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return monkeypatch


def at_terminal(*arguments: str) -> str:
    """The output of a command on a terminal, both streams together."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "wb") as terminal:
        command = [sys.executable, "-m", "rbacpsp", *arguments]
        subprocess.run(command, stdin=terminal, stdout=terminal, stderr=terminal, cwd=ROOT, check=False)
    said = b""
    with os.fdopen(ours, "rb", buffering=0) as read:
        try:
            while piece := read.read(4096):
                said += piece
        except OSError:  # the error on Linux if the other end is closed
            pass
    return said.decode().replace("\r\n", "\n")


def test_titles_severities_and_verdicts_are_colored() -> None:
    text = (
        "pod/x in default: it is refused\n"
        "SEVERITY   RULE     EFFECT\n"
        "high       RBP001   becomes refused\n"
        "medium     RBP002   becomes admitted\n"
        "a.yaml:1: pod/x in default violates restricted:latest\n"
    )
    assert colorize(text) == (
        f"pod/x in default: it is {RED}refused{END}\n"
        f"{BOLD}SEVERITY   RULE     EFFECT{END}\n"
        f"{RED}high{END}       RBP001   {RED}becomes refused{END}\n"
        f"{YELLOW}medium{END}     RBP002   {GREEN}becomes admitted{END}\n"
        f"a.yaml:1: pod/x in default {RED}violates {END}restricted:latest\n"
    )


def test_a_verdict_word_inside_a_cell_is_not_colored() -> None:
    text = "Group/high   not refused   medium-sized\n"
    assert colorize(text) == text


@pytest.mark.usefixtures("shown")
def test_a_terminal_gets_color_on_both_streams() -> None:
    answer = at_terminal("psp", "users", "-f", "sample_clusters/psp-by-example")
    assert answer.startswith(f"{BOLD}POLICY ")
    assert at_terminal("lookup", "-f", "nowhere").startswith(
        f"{RED}error:{END} nowhere: there is no such file"
    )


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_with_no_color_gets_no_color(name: str, value: str, shown: pytest.MonkeyPatch) -> None:
    shown.setenv(name, value)
    assert "\x1b" not in at_terminal("psp", "users", "-f", "sample_clusters/psp-by-example")
    assert "\x1b" not in at_terminal("lookup", "-f", "nowhere")


@pytest.mark.usefixtures("shown")
def test_machine_readable_formats_get_no_color() -> None:
    assert "\x1b" not in at_terminal("psp", "users", "-o", "json", "-f", "sample_clusters/psp-by-example")

"""Tests that progress is shown on a terminal, and never in a pipe."""

import io
import sys

import pytest

from rbacpsp.cli import live


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def read(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: float) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    clock = iter([0.0, *([seconds] * 9)])
    monkeypatch.setattr(live, "monotonic", lambda: next(clock))
    with live._Progress() as progress:
        progress("roles", 500, 510)
        progress("pods", 20, 20)
    return stream.getvalue()


def test_a_terminal_shows_the_progress_of_a_long_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "520 objects read; roles 500 of 510" in read(monkeypatch, Terminal(), 2)


def test_a_short_read_shows_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, Terminal(), 0.1) == ""


def test_a_pipe_gets_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, io.StringIO(), 2) == ""

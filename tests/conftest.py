"""Settings for all tests: profiles of hypothesis, and a line about optional tests that were not run."""

import os
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import settings

from tests.page.browser.chromium import browser

# A deadline would be a timed assertion: its result would depend on the machine's load. Each run uses the
# same examples, so that a change is judged by what it changes; `make test-long` draws others.
settings.register_profile("rbacpsp", deadline=None, derandomize=True)
settings.register_profile("random", deadline=None, max_examples=400)
settings.load_profile("rbacpsp")

__all__ = ["browser"]  # a fixture of more than one folder


class Optional(NamedTuple):
    """Tests that need more than `make test` installs."""

    mark: str
    needs: str
    command: str
    """The command that runs them."""
    wanted: Callable[[], bool]
    """Whether they are part of this run."""


OPTIONAL = (
    Optional("live", "real API servers", "make test-live", lambda: bool(os.environ.get("RBACPSP_LIVE"))),
    Optional(
        "browser", "Chromium and Node", "make test-browser", lambda: bool(os.environ.get("RBACPSP_BROWSER"))
    ),
)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = [f"{one.mark} (needs {one.needs}: {one.command})" for one in OPTIONAL if not one.wanted()]
    if left_out:
        terminalreporter.write_line(f"Optional tests that were not run: {', '.join(left_out)}")

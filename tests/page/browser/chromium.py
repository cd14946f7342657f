"""Starts one Chromium for the tests of the explorer and of the site, since a process can have only one."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def chromium() -> str | None:
    """The Chromium of this machine."""
    named = os.environ.get("RBACPSP_CHROMIUM")
    return named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window and without network requests."""
    if not os.environ.get("RBACPSP_BROWSER"):
        pytest.skip("not run: it needs Chromium and Node (make test-browser)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield launched
        launched.close()

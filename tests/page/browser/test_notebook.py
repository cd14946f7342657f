"""Tests the explorer in the frame of a notebook's cell: links stay in the frame, nothing is loaded."""

from pathlib import Path
from typing import Any

import pytest

import rbacpsp
from tests.page.browser.conftest import PATIENCE, SAMPLES

pytestmark = pytest.mark.browser


def test_links_of_the_explorer_stay_in_the_frame_of_the_cell(browser: Any, tmp_path: Path) -> None:
    cell = tmp_path / "notebook.html"
    shown = rbacpsp.load(SAMPLES / "psp-on-eks").explore()._repr_html_()
    cell.write_text(f"<!DOCTYPE html><title>notebook</title><body>{shown}</body>", encoding="utf-8")
    said: list[str] = []
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url.partition(",")[0]))
    page.goto(cell.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("nav a[href='#why']").first.click()
    frame.get_by_role("heading", name="Why, or why not").wait_for()
    assert page.title() == "notebook"
    assert set(said) <= {cell.as_uri(), "data:text/html;charset=utf-8;base64"}
    page.close()

"""The site in a real browser, opened from its folder: nothing outside is asked for, and search works."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs import console, written
from tests.docs.test_links import navigation
from tests.page.browser.conftest import PATIENCE

pytestmark = pytest.mark.browser

_LOADED = re.compile(r"""<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)=["']?([^"'\s>]+)""")
_IN_STYLE = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")
PAGES = [
    *(
        re.sub(r"(README)?\.md$", lambda end: "index.html" if end[1] else ".html", page)
        for page in navigation()
    ),
    *(f"{pages.name}/{pages.stems[0]}.html" for pages in written.every()),
]
"""Those of the navigation, and one of each sort that is not in it."""
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it: a warning is a failure."""
    if not os.environ.get("RBACPSP_BROWSER"):
        pytest.skip("not run: it needs Chromium and Node (make test-browser)")
    pytest.importorskip("mkdocs", reason="the site is built by mkdocs: make test-browser")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=console.ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Visit:
    """A browser on the site, with the messages, requests and failed requests of its pages."""

    def __init__(self, site: Path, browser: Any, **look: Any) -> None:
        self.site = site
        self.page = browser.new_context(**look).new_page()
        self.page.set_default_timeout(PATIENCE)
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._request)

    def _request(self, request: Any) -> None:
        if not request.url.startswith(self.site.as_uri()) and not request.url.startswith("data:"):
            self.said.append(f"request: {request.url}")

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # by going on to the next page
            self.said.append(f"failed: {request.url}")

    def open(self, name: str) -> None:
        self.page.goto((self.site / name).as_uri())


@pytest.fixture
def visit(site: Path, browser: Any) -> Iterator[Visit]:
    visit = Visit(site, browser, viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield visit
    visit.page.context.close()
    assert visit.said == []


def test_no_file_of_the_site_names_anything_outside_to_be_loaded(site: Path) -> None:
    files = list(site.rglob("*.html"))
    assert len(files) > 300
    for file in files:
        for target in _LOADED.findall(file.read_text(encoding="utf-8")):
            assert not re.match(r"(?:[a-z]+:)?//", target), f"{file}: {target}"
    for file in site.rglob("*.css"):
        for found in _IN_STYLE.findall(file.read_text(encoding="utf-8")):
            target = found[0] or found[1]
            assert target.startswith("data:") or not re.match(r"(?:[a-z]+:)?//", target), f"{file}: {target}"


def test_every_page_opens_without_messages_or_external_requests_and_describes_its_pictures(
    visit: Visit,
) -> None:
    for name in PAGES:
        visit.open(name)
        assert visit.page.locator("h1").count() == 1, name
        pictures = visit.page.eval_on_selector_all(
            "article img", "found => found.map(img => [img.alt, img.naturalWidth])"
        )
        for text, width in pictures:
            assert len(text) > 20, name
            assert width > 0, name


def test_the_search_finds_pages_without_a_server(visit: Visit) -> None:
    visit.open("index.html")
    for words, title in (("escalate-roles", "RBP031"), ("aggregated roles", "Aggregated roles")):
        visit.page.fill("[data-md-component=search-query]", "")
        visit.page.locator("[data-md-component=search-query]").press_sequentially(words)
        result = visit.page.locator(".md-search-result__link").filter(has_text=re.compile(rf"^\s*{title}"))
        result.first.wait_for()
    result.first.click()
    visit.page.wait_for_url("**/explanation/aggregation.html*")


@pytest.mark.parametrize(("scheme", "shown"), [("light", "default"), ("dark", "slate")])
def test_the_colors_are_those_that_the_system_prefers(
    site: Path, browser: Any, scheme: str, shown: str
) -> None:
    visit = Visit(site, browser, color_scheme=scheme)
    visit.open("index.html")
    assert visit.page.get_attribute("body", "data-md-color-scheme") == shown
    assert visit.said == []


def test_on_a_phone_no_page_is_wider_than_the_screen_and_the_menu_opens(site: Path, browser: Any) -> None:
    visit = Visit(site, browser, viewport=PHONE)
    for name in PAGES:
        visit.open(name)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
    visit.open("index.html")
    visit.page.click("label.md-header__button[for=__drawer]")
    visit.page.locator(".md-nav--primary").get_by_text("Explanation").first.wait_for()
    assert visit.said == []


def test_each_job_of_the_first_page_is_a_click_from_its_command(visit: Visit) -> None:
    visit.open("index.html")
    links = visit.page.eval_on_selector_all(
        "article table a[href^='commands/']", "found => found.map(a => a.getAttribute('href'))"
    )
    assert len(links) > 30
    for target in links:
        assert (visit.site / target).is_file(), target

"""Fixtures for a real Chromium that opens pages from files and records their requests and errors."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import rbacpsp
from rbacpsp import Cluster

SAMPLES = Path(rbacpsp.__file__).parents[1] / "sample_clusters"
PATIENCE = 60_000
"""Milliseconds after which a page is given up: a bound for a broken one, not a measure."""

_SHOWN = "asked => document.documentElement.dataset.shown === asked"
_VIOLATIONS = """
addEventListener('securitypolicyviolation', event => console.error('violation of ' + event.violatedDirective))
"""


class Reader:
    """One opened file, with its messages, requests and violations."""

    def __init__(self, page: Any, file: Path) -> None:
        self.page = page
        self.file = file
        self.said: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self.said.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", self._request)
        page.add_init_script(_VIOLATIONS)
        self.open()

    def _dialog(self, dialog: Any) -> None:
        self.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        if request.url.split("#")[0] != self.file.as_uri():
            self.said.append(f"request: {request.url}")

    def open(self, fragment: str = "") -> None:
        """Open the file again."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.file.as_uri()}{'#' if fragment else ''}{fragment}")
        self.page.wait_for_function(_SHOWN, arg=fragment)

    def ask(self, fragment: str) -> None:
        """Go to a state of the opened page."""
        self.page.evaluate("fragment => { location.hash = fragment }", f"#{fragment}")
        self.page.wait_for_function(_SHOWN, arg=fragment)

    def ask_all(self, fragments: list[str]) -> list[Any]:
        """The count and the subjects of many states, one after the other."""
        evaluation: list[Any] = self.page.evaluate(
            """async fragments => {
                const root = document.documentElement, found = [];
                for (const asked of fragments) {
                    const drawn = new Promise(done => {
                        const watch = new MutationObserver(() => {
                            if (root.dataset.shown === asked) { watch.disconnect(); done(); }
                        });
                        watch.observe(root, {attributes: true});
                        if (root.dataset.shown === asked) done();
                    });
                    location.hash = '#' + asked;
                    await drawn;
                    const view = document.querySelector('[data-view]:not([hidden])');
                    found.push([view.dataset.view, Number(view.dataset.count),
                        [...view.querySelectorAll('[data-subject]')].map(row => row.dataset.subject)]);
                }
                return found;
            }""",
            fragments,
        )
        return evaluation

    @property
    def text(self) -> str:
        """The visible text of the page."""
        return str(self.page.inner_text("body"))


Open = Callable[[Cluster], Reader]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens the explorer of a cluster, and checks that it sends no request and reports no error."""
    readers: list[Reader] = []

    def open_page(cluster: Cluster) -> Reader:
        file = tmp_path / f"page-{len(readers)}.html"
        cluster.explore().write(file)
        readers.append(Reader(browser.new_page(), file))
        return readers[-1]

    yield open_page
    for reader in readers:
        reader.page.close()
        assert reader.said == []


def sample(name: str, *more: str) -> Cluster:
    """A sample cluster, with files of its steps."""
    return rbacpsp.load(SAMPLES / name, *(SAMPLES / "steps" / name / each for each in more))

"""Tests that the Python on the README and the pages runs, the blocks of a page in order."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import console, written

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def program(page: Path) -> str:
    """The blocks of a page; those that ask a running cluster are left out."""
    blocks = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return "\n".join(block for block in blocks if "rbacpsp.connect(" not in block)


PAGES = [
    page
    for page in (console.ROOT / "README.md", *sorted(written.DOCS.rglob("*.md")))
    if not written.is_written(page) and program(page)
]


def test_the_readme_and_more_pages_have_python() -> None:
    assert {"README.md", "tutorial.md", "frames.md"} <= {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(console.ROOT)))
def test_the_python_of_a_page_runs_from_the_projects_folder(page: Path) -> None:
    if "matplotlib" in program(page):
        pytest.importorskip("matplotlib", reason="the page draws with matplotlib: the extra notebook")
    command = [sys.executable, "-W", "error", "-c", program(page)]
    assert subprocess.run(command, cwd=console.ROOT, check=True, capture_output=True).stderr == b""

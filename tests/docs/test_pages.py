"""What the pages say that the program prints is what it prints."""

from pathlib import Path

import pytest

from tests.docs import console

PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "sample_clusters/**/*.md")
    for page in console.ROOT.glob(pattern)
    if console.blocks(page)
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(console.ROOT)))
def test_every_command_of_a_page_prints_what_the_page_says(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    code = 0
    for block in console.blocks(page):
        for step in console.steps(block):
            actual, code = console.run(step.command, code)
            if not console.agrees(step.expected, actual):
                assert f"$ {step.command}\n{actual}" == f"$ {step.command}\n{step.expected}"


def test_dots_stand_for_any_number_of_lines() -> None:
    assert console.agrees("a\n...\nd\n", "a\nb\nc\nd\n")
    assert console.agrees("a\n...\n", "a\n")
    assert not console.agrees("a\n...\nd\n", "a\nb\nc\n")

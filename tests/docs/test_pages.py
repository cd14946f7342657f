"""Tests that the program prints what the pages show."""

from pathlib import Path

import pytest

from tests.docs import console, written

PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "sample_clusters/**/*.md")
    for page in console.ROOT.glob(pattern)
    if console.blocks(page) and not written.is_written(page)
)
"""Pages that a program writes are held against what it writes anew."""


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


def test_the_readme_is_short_and_begins_with_three_questions_about_a_current_cluster() -> None:
    text = (console.ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 250
    first = text.partition("\n## ")[0]
    commands = [
        step.command.split()[1]
        for block in console.blocks(console.ROOT / "README.md")[:3]
        for step in console.steps(block)
    ]
    assert commands == ["who-can", "can-i", "audit"]
    assert "pip install ." in first.splitlines()[4]
    assert "rbacpsp completion bash" in text

"""Tests that links lead to existing files and headings, and that each job is near the first page."""

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import join, normpath

import pytest

from rbacpsp.decode import parse_yaml
from tests.docs import console, home, written

DOCS = written.DOCS
PAGES = sorted(DOCS.rglob("*.md"))
_FENCE = re.compile(r"^( *)```.*?^\1```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?![a-z]+:)([^()\s#]*)(?:#([^()\s]*))?\)")


def prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The files to which a page leads, with the anchors."""
    for target, anchor in _LINK.findall(prose(page)):
        path = normpath(join(page.parent.as_posix(), target)) if target else page.as_posix()
        yield Path(path), anchor


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).replace("`", "") for title in titles)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower()) for title in plain}


def navigation() -> list[str]:
    """The pages that the navigation names."""
    (settings,) = parse_yaml((console.ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    result: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            result.append(value)
        elif isinstance(value, list | dict):
            for each in value.values() if isinstance(value, dict) else value:
                walk(each)

    walk(settings["nav"])
    return result


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if not written.is_written(page)],
    ids=lambda page: page.relative_to(DOCS).as_posix(),
)
def test_links_of_pages_have_targets(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), target
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{target}#{anchor}"


@pytest.mark.parametrize("pages", written.every(), ids=lambda pages: pages.name)
def test_links_of_generated_pages_have_targets(pages: written.Written) -> None:
    for page in (pages.list_file, *map(pages.file, pages.there())):
        for target, _ in links(page):
            assert target.exists(), f"{page}: {target}"


def test_every_page_that_a_person_writes_is_in_the_navigation() -> None:
    named = navigation()
    assert len(named) == len(set(named))
    by_hand = {page.relative_to(DOCS).as_posix() for page in PAGES if not written.is_written(page)}
    lists = {pages.list_file.relative_to(DOCS).as_posix() for pages in written.every()}
    assert by_hand | lists <= set(named), "name the page in mkdocs.yml"


def test_each_job_of_the_readme_is_two_clicks_from_the_first_page() -> None:
    near = {home.PAGE}
    for _ in range(2):
        near |= {
            target for page in near if page.suffix == ".md" and page.is_file() for target, _ in links(page)
        }
    for job in home.jobs():
        assert job.pages, job.question
        assert {DOCS / page for page in job.pages} <= near, job.question

"""Writes the generated pages of docs/: for commands, rules, checks, steps, schemas and public names.

`python -m tests.docs.written` writes them all, and each module that makes some writes its own when it is run.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from tests.docs import console

DOCS = console.ROOT / "docs"
MARK = "<!-- This page is written by `python -m {module}`: what it says is changed there. -->"
MODULES = ("commands", "audit", "checks", "steps", "schema_pages", "api")
"""The modules below tests.docs that write pages."""
TABLES = ("audit", "home", "proof")
"""Those that write tables into the page of a person."""


class Written(NamedTuple):
    """A folder of pages, and the page that lists them."""

    module: str
    """The module that writes them, below tests.docs."""
    name: str
    """The folder below docs/; the list is a page of the same name next to it."""
    stems: Sequence[str]
    """The names of the pages."""
    page: Callable[[str], str]
    """The text of a page."""
    list_text: Callable[[], str]
    """The text of the list."""

    def file(self, stem: str) -> Path:
        """The file of a page."""
        return DOCS / self.name / f"{stem}.md"

    @property
    def list_file(self) -> Path:
        """The file of the list."""
        return DOCS / f"{self.name}.md"

    def marked(self, text: str) -> str:
        """A text with the mark below its title."""
        title, _, rest = text.partition("\n")
        return f"{title}\n\n{MARK.format(module=f'tests.docs.{self.module}')}\n{rest}"

    def write(self) -> None:
        """Write the pages and the list, and remove obsolete pages."""
        (DOCS / self.name).mkdir(exist_ok=True)
        for old in set(self.there()) - set(self.stems):
            self.file(old).unlink()
        for stem in self.stems:
            self.file(stem).write_text(self.marked(self.page(stem)), encoding="utf-8")
        self.list_file.write_text(self.marked(self.list_text()), encoding="utf-8")

    def there(self) -> list[str]:
        """The names of the existing pages."""
        return sorted(path.stem for path in (DOCS / self.name).glob("*.md"))


def every() -> list[Written]:
    """The pages of each of the modules."""
    return [import_module(f"tests.docs.{name}").PAGES for name in MODULES]


def with_table(text: str, module: str, name: str, table: str) -> str:
    """A page that a person writes, with the table that a module writes into it."""
    begin, end = f"<!-- {name}: written by python -m tests.docs.{module} -->\n", "<!-- end -->"
    before, found, rest = text.partition(begin)
    assert found, f"the page has no place for the {name}"
    return f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"


def is_written(page: Path) -> bool:
    """Whether a program writes a page."""
    return MARK.partition("{")[0] in page.read_text(encoding="utf-8")


def table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [titles, ("---",) * len(titles), *(tuple(map(_cell, row)) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    for pages in every():
        if len(sys.argv) < 2 or pages.module in sys.argv[1:]:
            pages.write()
    for name in TABLES:
        if len(sys.argv) < 2 or name in sys.argv[1:]:
            import_module(f"tests.docs.{name}").write()

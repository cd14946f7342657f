"""Reads docs/mutants.md: the mutants that behave like the program, so that no test can detect them."""

from pathlib import Path
from typing import NamedTuple

PAGE = Path("docs", "mutants.md")


class Equivalent(NamedTuple):
    """A change that changes no answer."""

    module: str
    before: str
    after: str


def named(root: Path) -> set[Equivalent]:
    """The rows of the tables: module, line before, line after, reason."""
    rows = set()
    for line in (root / PAGE).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.replace(r"\|", "\0").strip("|").split("|")]
        if line.startswith("| `rbacpsp/") and len(cells) == len(Equivalent._fields) + 1:
            module, before, after = (cell.strip("`").strip().replace("\0", "|") for cell in cells[:3])
            rows.add(Equivalent(module, before, after))
    return rows

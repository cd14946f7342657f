"""`-o markdown`: a table for a page or a pull request."""

from collections.abc import Iterable

from rbacpsp.report.answer import Answer
from rbacpsp.report.escape import markdown_cell


def render(answer: Answer, *, headers: bool = True) -> str:
    """The narrow columns; without headers their titles stay empty, since Markdown has no table without."""
    table = answer.table.narrow()
    if not table.rows:
        return ""
    titles = [markdown_cell(title) if headers else "" for title in table.titles]
    rows = ([markdown_cell(text) for text in row] for row in table.rows)
    return "".join(map(_row, [titles, ["---"] * len(titles), *rows]))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"

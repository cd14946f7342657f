"""`-o markdown`: a table for a page or a pull request."""

from collections.abc import Iterable, Iterator
from itertools import chain

from rbacpsp.report.escape import markdown_cell
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Markdown, Tabular


def write(answer: Tabular, headers: bool) -> Iterator[str]:
    """The narrow columns; without headers the titles are empty, since Markdown requires a title row."""
    table = answer.tabulated(wide=False)
    last = [f"{markdown_cell(table.last)}\n"] if table.last else []
    if not table.rows:
        return iter(last)
    titles = [markdown_cell(title) if headers else "" for title in table.titles]
    rows = ([markdown_cell(text) for text in row] for row in table.rows)
    return chain(map(_row, [titles, ["---"] * len(titles), *rows]), ["\n", *last] if last else [])


def write_page(answer: Markdown, _headers: bool) -> Iterable[str]:
    """The answer's Markdown page."""
    return answer.markdown()


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


FORMAT = Format("markdown", ((Markdown, write_page), (Tabular, write)), for_readers=True)

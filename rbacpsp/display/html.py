"""A view as HTML for a notebook's cell: the only module that turns results into HTML.

Its colors are mixed from those of the page, so that it is readable on light and dark themes, and also where a
viewer drops the style, as code hosts do. It loads nothing and contains no script.
"""

from collections.abc import Iterator

from rbacpsp.display.view import ResultView
from rbacpsp.report.answer import Table
from rbacpsp.report.escape import html_text

MOST_ROWS = 20
"""The most rows of a table that a cell shows."""
MOST_LINES = 12
"""The most lines above the tables, and the most notes below them."""
_LONGEST = 240
"""The most characters of a text that a cell shows; the result has the complete text."""

_STYLE = (
    ".rbacpsp{line-height:1.4}"
    ".rbacpsp p{margin:.2em 0}"
    ".rbacpsp table{border-collapse:collapse;margin:.5em 0;color:inherit;background:none}"
    ".rbacpsp tr{background:none!important}"
    ".rbacpsp th,.rbacpsp td{padding:.2em .8em .2em 0;text-align:left!important;vertical-align:top;"
    "border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)}"
    ".rbacpsp .yes{color:color-mix(in srgb,currentColor 40%,#2da44e)}"
    ".rbacpsp .no{color:color-mix(in srgb,currentColor 40%,#e5534b)}"
    ".rbacpsp .less{opacity:.75}"
)


def page(view: ResultView) -> str:
    """The HTML, in which names are escaped; TeX between dollar signs is shown literally."""
    return "".join(_parts(view))


def _parts(view: ResultView) -> Iterator[str]:
    yield f'<div class="rbacpsp tex2jax_ignore mathjax_ignore"><style>{_STYLE}</style>'
    sign = {True: '<span class="yes">✓</span> ', False: '<span class="no">✗</span> ', None: ""}[view.good]
    yield f"<p>{sign}<strong>{_text(view.title)}</strong></p>"
    yield from _lines(view.lines, "")
    for table in view.tables:
        yield from _table(table, view.more)
    yield from _lines(view.notes, ' class="less"')
    yield "</div>"


def _lines(lines: tuple[str, ...], attribute: str) -> Iterator[str]:
    yield from (f"<p{attribute}>{_text(line)}</p>" for line in lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        yield f'<p class="less">and {len(lines) - MOST_LINES:,} more lines</p>'


def _table(table: Table, more: str) -> Iterator[str]:
    narrow = table.narrow()
    if narrow.rows:
        titles = "".join(f"<th>{_text(title)}</th>" for title in narrow.columns)
        yield f"<table><thead><tr>{titles}</tr></thead><tbody>"
        for row in narrow.rows[:MOST_ROWS]:
            cells = "".join(f"<td>{_text(cell)}</td>" for cell in row)
            yield f"<tr>{cells}</tr>"
        yield "</tbody></table>"
    omitted = len(narrow.rows) - MOST_ROWS
    if omitted > 0:
        hint = f": {_text(more)} has all" if more else ""
        yield f'<p class="less">and {omitted:,} more row{"" if omitted == 1 else "s"}{hint}</p>'
    if narrow.last:
        yield f'<p class="less">{_text(narrow.last)}</p>'


def _text(text: str) -> str:
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return html_text(cut)

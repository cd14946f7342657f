"""Fits a table to the width of a terminal: the least important text is cut first.

The first column identifies the row, so it is cut last. Among the others the widest are cut first, since they
contain lists.
"""

from rbacpsp.report.answer import Table
from rbacpsp.report.escape import cell

_GAP = 3
_LEAST = 12
"""Columns are cut to this width at first; `_NARROW` is used if that is not enough."""
_NARROW = 5
"""No column is cut to less than this width."""
_CUT = "..."


def fit_table(table: Table, width: int) -> Table:
    """The table with cells cut so that no line is longer than a width; the same table if it already fits."""
    if not table.rows or not table.columns:
        return table
    titles = [cell(title) for title in table.titles]
    rows = [[cell(text) for text in row] for row in table.rows]
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    room = width - _GAP * (len(widths) - 1)
    if sum(widths) <= room:
        return table
    fitting = widths
    for least in (_LEAST, _NARROW):
        fitting = _shrunk(fitting, [max(least, len(title)) for title in titles], room)
    cut = [[_cut(text, most) for text, most in zip(row, fitting, strict=True)] for row in rows]
    return Table(table.columns, cut, table.wide, table.named, table.last)


def _shrunk(widths: list[int], least: list[int], room: int) -> list[int]:
    """Narrower widths that fit into the room: the widest columns are narrowed first, column 0 last."""
    shrunk = list(widths)
    for columns in (range(1, len(shrunk)), range(1)):
        while sum(shrunk) > room:
            widest = max(
                columns, key=lambda column: (shrunk[column] - least[column], shrunk[column]), default=0
            )
            if shrunk[widest] <= least[widest]:
                break
            shrunk[widest] -= 1
    return shrunk


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - len(_CUT)]}{_CUT}"

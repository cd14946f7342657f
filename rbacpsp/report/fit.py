"""Fits a table to the width of a terminal: the least important text is cut first.

The first column says what a row is about and is kept as long as others can give room; among those the widest
give first, since they hold lists.
"""

from rbacpsp.report.answer import Table
from rbacpsp.report.escape import cell

_GAP = 3
_LEAST = 12
"""No column becomes narrower, unless it is, or there is no other way."""
_NARROW = 5
"""No column becomes narrower at all."""
_CUT = "..."


def fitted(table: Table, width: int) -> Table:
    """The table with cells cut so that no line is longer than a width; the same one where it fits."""
    if not table.rows or not table.columns:
        return table
    titles = [cell(title) for title in table.titles]
    rows = [[cell(text) for text in row] for row in table.rows]
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    room = width - _GAP * (len(widths) - 1)
    if sum(widths) <= room:
        return table
    new = widths
    for least in (_LEAST, _NARROW):
        new = _shrunk(new, [max(least, len(title)) for title in titles], room)
    cut = [[_cut(text, most) for text, most in zip(row, new, strict=True)] for row in rows]
    return Table(table.columns, cut, table.wide, table.named, table.last)


def _shrunk(widths: list[int], least: list[int], room: int) -> list[int]:
    """The widths with as much taken away as is too much: of the widest columns, of the first one at last."""
    new = list(widths)
    for places in (range(1, len(new)), range(1)):
        while sum(new) > room:
            place = max(places, key=lambda each: (new[each] - least[each], new[each]), default=0)
            if new[place] <= least[place]:
                break
            new[place] -= 1
    return new


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - len(_CUT)]}{_CUT}"

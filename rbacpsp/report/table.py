"""`-o table`: columns in kubectl's manner."""

from collections.abc import Iterator, Sequence

from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.escape import cell

_GAP = "   "
_MANY = 500
"""Rows from which on the columns are joined here: the same text as tabulate's, at a tenth of its time."""


def render(answer: Answer, *, headers: bool = True) -> str:
    """The narrow columns; nothing at all when there is no row."""
    return columns(answer.table.narrow(), headers=headers)


def columns(table: Table, *, headers: bool = True) -> str:
    """Cells in columns that are three spaces apart, titles in upper case, no space at the end of a line."""
    return "".join(pieces(table, headers=headers))


def pieces(table: Table, *, headers: bool = True) -> Iterator[str]:
    """The text of `columns` in pieces, for tables of any length."""
    if not table.rows:
        return iter(())
    rows = [[cell(text) for text in row] for row in table.rows]
    if headers:
        rows.insert(0, [cell(title) for title in table.titles])
    return _joined(rows) if len(rows) > _MANY else iter([_tabulated(rows)])


def _tabulated(rows: Sequence[Sequence[str]]) -> str:
    from tabulate import DataRow, TableFormat, tabulate

    line = DataRow("", _GAP, "")
    form = TableFormat(None, None, None, None, line, line, 0, None)
    return tabulate(rows, tablefmt=form, disable_numparse=True) + "\n"


def _joined(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    form = _GAP.join(f"{{:<{width}}}" for width in widths)
    return (f"{form.format(*row).rstrip(' ')}\n" for row in rows)

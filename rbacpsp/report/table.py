"""`-o table`: columns like those of kubectl."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from rbacpsp.report.answer import Table
from rbacpsp.report.chunks import join_chunks
from rbacpsp.report.escape import cell, cut
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Spoken, Tabular

_GAP = "   "
_MANY = 500
"""Longer tables are formatted here instead of by tabulate: the same text in a tenth of the time."""


def write(answer: Tabular, headers: bool) -> Iterator[str]:
    """The narrow columns; nothing if there is no row."""
    return stream(answer.tabulated(wide=False), headers=headers)


def write_spoken(answer: Spoken, headers: bool) -> Iterable[str]:
    """The answer's text for people."""
    return answer.spoken(wide=False, headers=headers)


def columns(table: Table, *, headers: bool = True) -> str:
    """Cells in columns that are three spaces apart, titles in upper case, no space at the end of a line."""
    return "".join(stream(table, headers=headers))


def stream(table: Table, *, headers: bool = True) -> Iterator[str]:
    """The text of `columns` in chunks, for tables of any length."""
    last = [f"{cell(table.last)}\n"] if table.last else []
    if not table.rows:
        return iter(last)
    rows = [[cut(cell(text)) for text in row] for row in table.rows]
    if headers:
        rows.insert(0, [cell(title) for title in table.titles])
    return chain(_joined(rows) if len(rows) > _MANY else [_tabulated(rows)], last)


def _tabulated(rows: Sequence[Sequence[str]]) -> str:
    from tabulate import DataRow, TableFormat, tabulate

    line = DataRow("", _GAP, "")
    form = TableFormat(None, None, None, None, line, line, 0, None)
    return tabulate(rows, tablefmt=form, disable_numparse=True) + "\n"


def _joined(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    form = _GAP.join(f"{{:<{width}}}" for width in widths)
    return join_chunks(f"{form.format(*row).rstrip(' ')}\n" for row in rows)


FORMAT = Format("table", ((Spoken, write_spoken), (Tabular, write)), for_readers=True)

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
"""A table with at least this many rows is joined here, since tabulate takes ten times as long."""


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
    shown = _Shown()
    rows = [[shown[text] for text in row] for row in table.rows]
    if headers:
        rows.insert(0, [cell(title) for title in table.titles])
    plain = len(rows) > _MANY or all(text.isascii() for row in rows for text in row)
    return chain(_joined(rows) if plain else [_tabulated(rows)], last)


class _Shown(dict[str, str]):
    """How each text is shown: most texts of a long table are in it many times."""

    def __missing__(self, text: str) -> str:
        shown = self[text] = cut(cell(text))
        return shown


def _tabulated(rows: Sequence[Sequence[str]]) -> str:
    """The columns as tabulate measures them: it knows characters that are wider than others."""
    from tabulate import DataRow, TableFormat, tabulate

    line = DataRow("", _GAP, "")
    form = TableFormat(None, None, None, None, line, line, 0, None)
    return tabulate(rows, tablefmt=form, disable_numparse=True) + "\n"


def _joined(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The same of ASCII text, without the import of tabulate, which takes a tenth of a short command."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    form = _GAP.join(f"{{:<{width}}}" for width in widths)
    return join_chunks(f"{form.format(*row).rstrip(' ')}\n" for row in rows)


FORMAT = Format("table", ((Spoken, write_spoken), (Tabular, write)), for_readers=True)

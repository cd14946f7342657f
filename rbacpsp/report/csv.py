"""`-o csv`: every column, for spreadsheets and scripts (RFC 4180, lines end in a newline)."""

import re
from collections.abc import Iterable, Iterator, Sequence

from rbacpsp.report.escape import csv_cell
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Streamed, Tabular

_QUOTED = re.compile(r'[",;\t\r\n]|\A\s|\s\Z')


def write(shown: Tabular, headers: bool) -> Iterator[str]:
    """The titles in lower case, even when there is no row, then a line a row."""
    table = shown.tabulated(wide=True)
    return lines(table.columns, table.rows, headers=headers)


def write_streamed(shown: Streamed, headers: bool) -> Iterator[str]:
    """The same, each row when it is made."""
    columns, rows = shown.streamed()
    return lines(columns, rows, headers=headers)


def lines(columns: Iterable[str], rows: Iterable[Sequence[str]], *, headers: bool = True) -> Iterator[str]:
    """A line a row; rows are taken as they are written."""
    if headers:
        yield _row(column.lower() for column in columns)
    for row in rows:
        yield _row(row)


def _row(texts: Iterable[str]) -> str:
    return ",".join([_field(csv_cell(text)) for text in texts]) + "\n"


def _field(text: str) -> str:
    """A field in quotes where it holds what separates fields, here or in other locales."""
    if _QUOTED.search(text) is None:
        return text
    return '"' + text.replace('"', '""') + '"'


FORMAT = Format("csv", ((Streamed, write_streamed), (Tabular, write)))

"""`-o csv`: every column, for spreadsheets and scripts (RFC 4180, but lines end in a newline)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rbacpsp.report.chunks import join_chunks
from rbacpsp.report.escape import csv_cell
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Streamed, Tabular

_QUOTED = re.compile(r'[",;\t\r\n]|\A\s|\s\Z')


def write(answer: Tabular, headers: bool) -> Iterator[str]:
    """The titles in lower case, even when there is no row, then a line for each row."""
    table = answer.tabulated(wide=True)
    return join_chunks(lines(table.columns, table.rows, headers=headers))


def write_streamed(answer: Streamed, headers: bool) -> Iterator[str]:
    """The same, but each row is made when its part of the text is written."""
    columns, rows = answer.streamed()
    return join_chunks(lines(columns, rows, headers=headers))


def lines(columns: Iterable[str], rows: Iterable[Sequence[str]], *, headers: bool = True) -> Iterator[str]:
    """A line for each row; each row is made when it is written."""
    if headers:
        yield _row(column.lower() for column in columns)
    for row in rows:
        yield _row(row)


def _row(texts: Iterable[str]) -> str:
    return ",".join(map(_field, texts)) + "\n"


@lru_cache(maxsize=4096)
def _field(text: str) -> str:
    """A cell as a field, in quotes if it contains a character that separates fields in some locale."""
    escaped = csv_cell(text)
    if _QUOTED.search(escaped) is None:
        return escaped
    return '"' + escaped.replace('"', '""') + '"'


FORMAT = Format("csv", ((Streamed, write_streamed), (Tabular, write)))

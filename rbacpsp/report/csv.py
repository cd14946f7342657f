"""`-o csv`: every column, for spreadsheets and scripts (RFC 4180, lines end in a newline)."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from rbacpsp.report.answer import Answer
from rbacpsp.report.escape import csv_cell


def render(answer: Answer, *, headers: bool = True) -> str:
    """The titles in lower case, even when there is no row, then a line a row."""
    return "".join(lines(answer.table.columns, answer.table.rows, headers=headers))


def lines(columns: Iterable[str], rows: Iterable[Sequence[str]], *, headers: bool = True) -> Iterator[str]:
    """The text of `render`, a line a row; rows are taken as they are written."""
    write = csv.writer(_Line(), lineterminator="\n").writerow
    if headers:
        yield write([csv_cell(column.lower()) for column in columns])
    for row in rows:
        yield write([csv_cell(text) for text in row])


class _Line:
    """A file that hands back what is written to it."""

    @staticmethod
    def write(text: str) -> str:
        return text

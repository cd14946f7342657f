"""`-o csv`: every column, for spreadsheets and scripts (RFC 4180, lines end in a newline)."""

import csv
import io

from rbacpsp.report.answer import Answer
from rbacpsp.report.escape import csv_cell


def render(answer: Answer, *, headers: bool = True) -> str:
    """The titles in lower case, even when there is no row, then a line a row."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    if headers:
        writer.writerow([column.lower() for column in answer.table.columns])
    writer.writerows([csv_cell(text) for text in row] for row in answer.table.rows)
    return page.getvalue()

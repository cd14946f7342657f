"""`-o wide`: the table with all its columns."""

from rbacpsp.report.answer import Answer
from rbacpsp.report.table import columns


def render(answer: Answer, *, headers: bool = True) -> str:
    """Every column; nothing at all when there is no row."""
    return columns(answer.table, headers=headers)

"""Columns as Go's text/tabwriter aligns them, which is how kubectl prints.

A cell is text that ends with a tab. The text after a line's last tab belongs to no column. A column block is
a run of neighboring lines that all have a cell in that column; its width is that of its widest cell plus the
padding, and never below the minimum. A line without a tab therefore ends every block; so does a form feed.

Source: Go's text/tabwriter (padding with spaces, no flags), and github.com/liggitt/tabwriter, kubectl's copy
of it, for the widths that are remembered from one block to the next.
"""

import re
from itertools import repeat

from rbacpsp.report.escape import cut

_CELL_END = re.compile("[\t\v]")


def align(text: str, *, minwidth: int, padding: int, remember: bool = False) -> str:
    r"""The text with its tabs replaced by the spaces that make columns.

    Args:
        text: Lines of cells; `\t` and `\v` end a cell, `\n` and `\f` a line.
        minwidth: The least width of a column, including its padding.
        padding: Spaces between a column's widest cell and the next column.
        remember: Whether a column is at least as wide as its earlier blocks (kubectl's tables).
    """
    sections = text.split("\f")
    remembered: list[int] | None = [] if remember else None
    last = len(sections) - 1
    return "\n".join(
        _aligned(section, minwidth, padding, remembered, terminated=index < last)
        for index, section in enumerate(sections)
    )


def _aligned(
    section: str, minwidth: int, padding: int, remembered: list[int] | None, *, terminated: bool
) -> str:
    lines = [_CELL_END.split(line) for line in section.split("\n")]
    lines = [[*map(cut, line[:-1]), line[-1]] for line in lines]
    if not terminated and len(lines[-1]) > 1 and not lines[-1][-1]:
        lines[-1].pop()  # at the end of the text, a tab with nothing after it makes no column
    widths: list[list[int]] = [[] for _ in lines]
    for column in range(max(map(len, lines)) - 1):
        start = 0
        while start < len(lines):
            if len(lines[start]) - 1 <= column:
                start += 1
                continue
            end = start
            while end < len(lines) and len(lines[end]) - 1 > column:
                end += 1
            width = max(minwidth, padding + max(len(line[column]) for line in lines[start:end]))
            if remembered is not None:
                remembered.extend(repeat(0, column + 1 - len(remembered)))
                remembered[column] = width = max(width, remembered[column])
            for index in range(start, end):
                widths[index].append(width)
            start = end
    return "\n".join(
        "".join(cell.ljust(width) for cell, width in zip(line[:-1], line_widths, strict=True)) + line[-1]
        for line, line_widths in zip(lines, widths, strict=True)
    )

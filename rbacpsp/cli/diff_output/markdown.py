"""A difference as a comment of a pull request: a line of counts, then a table to unfold for each section."""

from collections.abc import Iterator, Sequence

from rbacpsp.cli.diff_output.section import DiffSection
from rbacpsp.report.escape import markdown_cell

MOST = 50
"""How many rows of a section are shown; the others are only counted. GitHub limits the size of a comment."""
LONGEST = 300
"""Characters of a cell."""


def stream(sections: Sequence[DiffSection], nothing: str) -> Iterator[str]:
    """The comment, a line at a time; the same difference gives the same bytes."""
    return (f"{line}\n" for line in _lines(sections, nothing))


def _lines(sections: Sequence[DiffSection], nothing: str) -> Iterator[str]:
    changed_sections = [section for section in sections if section]
    if not changed_sections:
        if nothing:
            yield nothing
        return
    yield f"**{'; '.join(f'{section.name}: {section.summary}' for section in changed_sections)}**"
    if nothing:
        yield ""
        yield nothing
    for section in changed_sections:
        yield ""
        yield f"<details><summary>{section.name}: {section.summary}</summary>"
        yield ""
        table = section.table.narrow()
        yield f"| {' | '.join(map(markdown_cell, table.columns))} |"
        yield f"| {' | '.join(['---'] * len(table.columns))} |"
        for row in table.rows[:MOST]:
            yield f"| {' | '.join(markdown_cell(_cut(text)) for text in row)} |"
        if len(table.rows) > MOST:
            yield ""
            yield f"{len(table.rows) - MOST} more are not listed; JSON and CSV hold all."
        for note in section.notes:
            yield ""
            yield markdown_cell(note)
        yield ""
        yield "</details>"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."

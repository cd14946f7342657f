"""A difference as one HTML page: self-contained, readable without script, printable."""

from collections.abc import Iterator, Sequence

from rbacpsp import __version__
from rbacpsp.cli.diff_output.section import DiffSection
from rbacpsp.report.escape import html_text as text
from rbacpsp.report.findings_style import STYLE

MOST = 1_000
"""How many rows of a section are listed; the others are only counted."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_TITLES = {
    "access": "Who gained and who lost access",
    "admission": "Which workloads fare differently",
    "findings": "Findings of the audit",
    "paths": "Paths to cluster-admin and to a node",
    "objects": "Objects",
}


def stream(sections: Sequence[DiffSection], nothing: str) -> Iterator[str]:
    """The complete page, some lines at a time."""
    return (f"{lines}\n" for lines in _lines(sections, nothing))


def _lines(sections: Sequence[DiffSection], nothing: str) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield f"<title>What changed in access</title>\n<style>{STYLE}</style>\n</head>\n<body>"
    yield f"<header>\n<h1>What changed in access</h1>\n<p>{text(f'rbacpsp {__version__}')}</p>\n</header>"
    yield "<main>"
    counts = "; ".join(f"{section.name}: {section.summary}" for section in sections if section)
    yield f'<section>\n<h2>Summary</h2>\n<p class="lead">{text(counts or nothing)}</p>'
    if counts and nothing:
        yield f'<p class="muted">{text(nothing)}</p>'
    yield "</section>"
    for section in sections:
        if section:
            yield from _section(section)
    yield "</main>\n</body>\n</html>"


def _section(section: DiffSection) -> Iterator[str]:
    table = section.table
    yield f'<section id="{text(section.name)}">\n<h2>{text(_TITLES[section.name])}</h2>'
    yield f"<p>{text(section.summary)}</p>\n<table><thead><tr>"
    yield "".join(f"<th>{text(column)}</th>" for column in table.columns)
    yield "</tr></thead><tbody>"
    for row in table.rows[:MOST]:
        yield f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in row)}</tr>"
    yield "</tbody></table>"
    if len(table.rows) > MOST:
        yield f'<p class="muted">{len(table.rows) - MOST:,} more are not listed; JSON and CSV hold all.</p>'
    for note in section.notes:
        yield f'<p class="muted">{text(note)}</p>'
    yield "</section>"

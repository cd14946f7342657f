"""`-o github`: workflow commands of GitHub Actions, which show each result at its line of a pull request.

Source: GitHub's "Workflow commands for GitHub Actions" and the escaping in its toolkit
(https://github.com/actions/toolkit, packages/core/src/command.ts).
"""

from collections.abc import Iterator

from rbacpsp.report.annotations import Annotation, annotations, notes
from rbacpsp.report.escape import line
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Scanned

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def write(answer: Scanned, _headers: bool) -> Iterator[str]:
    """A line for each result, then a line for each notification."""
    log = answer.log()
    for annotation in annotations(log):
        yield _command(annotation)
    for note in notes(log):
        yield f"::warning title=rbacpsp::{_data(note)}\n"


def _command(note: Annotation) -> str:
    position = f"file={_property(note.file)},line={note.line}"
    title = _property(f"{note.rule}: {note.title}")
    return f"::{_COMMANDS[note.level]} {position},title={title}::{_data(note.message)}\n"


def _data(text: str) -> str:
    return line(text).translate(_DATA)


def _property(text: str) -> str:
    return line(text).translate(_PROPERTY)


FORMAT = Format("github", ((Scanned, write),), for_readers=True)

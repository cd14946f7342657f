"""The formats by name; each is imported when it is first used."""

from collections.abc import Iterable
from importlib import import_module

from rbacpsp.report.format import Format

TABULAR = ("table", "wide", "json", "yaml", "csv", "markdown", "name")
"""The formats of every answer with a table, in the order in which they are documented."""
SCANNED = ("sarif", "github", "gitlab")
"""The formats of tools that show results in code: an answer supports all of them or none."""
NAMES = (*TABULAR, "jsonl", *SCANNED, "junit", "tap", "html", "dot", "svg", "graphml", "mermaid")
"""Every format."""
_DRAWINGS = frozenset({"dot", "svg", "graphml", "mermaid"})


def find(name: str) -> Format:
    """The format of a name.

    Raises:
        KeyError: There is no format of that name.
    """
    if name not in NAMES:
        raise KeyError(name)
    room = "rbacpsp.report.graph" if name in _DRAWINGS else "rbacpsp.report"
    selected: Format = import_module(f"{room}.{name}").FORMAT
    return selected


def stream(answer: object, name: str, *, headers: bool = True) -> Iterable[str]:
    """An answer in a format, in chunks, with its last newline.

    Args:
        answer: The answer: it fulfills a protocol of `rbacpsp.report.protocols` that the format can show.
        name: One of `NAMES`.
        headers: Whether columns have titles, if the format has columns.

    Raises:
        KeyError: There is no such format.
        TypeError: The format cannot show such an answer.
    """
    return find(name).write(answer, headers=headers)


def render(answer: object, name: str, *, headers: bool = True) -> str:
    """Like `stream`, as one text."""
    return "".join(stream(answer, name, headers=headers))

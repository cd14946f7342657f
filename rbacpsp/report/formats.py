"""The formats by name; each is imported when it is asked for."""

from collections.abc import Iterable
from importlib import import_module

from rbacpsp.report.format import Format

TABULAR = ("table", "wide", "json", "yaml", "csv", "markdown", "name")
"""What every answer with a table can be shown as, in the order it is documented."""
SCANNED = ("sarif", "github", "gitlab")
"""How results are given to those who show them in code: what can be one of these can be all."""
NAMES = (*TABULAR, "jsonl", *SCANNED, "junit", "tap", "html", "dot", "svg", "graphml", "mermaid")
"""Every format."""
_DRAWINGS = frozenset({"dot", "svg", "graphml", "mermaid"})


def find(name: str) -> Format:
    """A format by name.

    Raises:
        KeyError: There is no format of that name.
    """
    if name not in NAMES:
        raise KeyError(name)
    room = "rbacpsp.report.graph" if name in _DRAWINGS else "rbacpsp.report"
    found: Format = import_module(f"{room}.{name}").FORMAT
    return found


def pieces(shown: object, name: str, *, headers: bool = True) -> Iterable[str]:
    """An answer in a format, in pieces, its last newline included.

    Args:
        shown: What to say: it fits a protocol of `rbacpsp.report.protocols` that the format can show.
        name: One of `NAMES`.
        headers: Whether columns have titles, where the format has columns.

    Raises:
        KeyError: There is no such format.
        TypeError: The format cannot show such an answer.
    """
    return find(name).write(shown, headers=headers)


def render(shown: object, name: str, *, headers: bool = True) -> str:
    """As `pieces`, in one text."""
    return "".join(pieces(shown, name, headers=headers))

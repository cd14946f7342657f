"""`-o wide`: the table with all its columns."""

from collections.abc import Iterable, Iterator

from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Spoken, Tabular
from rbacpsp.report.table import stream


def write(answer: Tabular, headers: bool) -> Iterator[str]:
    """Every column; nothing if there is no row."""
    return stream(answer.tabulated(wide=True), headers=headers)


def write_spoken(answer: Spoken, headers: bool) -> Iterable[str]:
    """The answer's text for people, with every detail."""
    return answer.spoken(wide=True, headers=headers)


FORMAT = Format("wide", ((Spoken, write_spoken), (Tabular, write)), for_readers=True)

"""`-o wide`: the table with all its columns."""

from collections.abc import Iterable, Iterator

from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Spoken, Tabular
from rbacpsp.report.table import pieces


def write(shown: Tabular, headers: bool) -> Iterator[str]:
    """Every column; nothing at all when there is no row."""
    return pieces(shown.tabulated(wide=True), headers=headers)


def write_spoken(shown: Spoken, headers: bool) -> Iterable[str]:
    """The text for readers, with all that it can say."""
    return shown.spoken(wide=True, headers=headers)


FORMAT = Format("wide", ((Spoken, write_spoken), (Tabular, write)), for_readers=True)

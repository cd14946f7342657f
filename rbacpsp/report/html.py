"""`-o html`: one self-contained page."""

from collections.abc import Iterable

from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Paged


def write(shown: Paged, _headers: bool) -> Iterable[str]:
    """The page that the answer has."""
    return shown.page()


FORMAT = Format("html", ((Paged, write),))

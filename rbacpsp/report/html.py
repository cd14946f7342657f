"""`-o html`: one self-contained page."""

from collections.abc import Iterable

from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Paged


def write(answer: Paged, _headers: bool) -> Iterable[str]:
    """The answer's HTML page."""
    return answer.page()


FORMAT = Format("html", ((Paged, write),))

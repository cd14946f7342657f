"""`-o name`: one name per line, for other commands to read."""

from collections.abc import Iterator

from rbacpsp.report.escape import line
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import HasNames


def write(answer: HasNames, _headers: bool) -> Iterator[str]:
    """The names, each once, in their order."""
    return (f"{line(name)}\n" for name in dict.fromkeys(answer.named()))


FORMAT = Format("name", ((HasNames, write),), for_readers=True)

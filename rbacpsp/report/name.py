"""`-o name`: one name a line, for other commands to read."""

from rbacpsp.report.answer import Answer
from rbacpsp.report.escape import line


def render(answer: Answer, *, headers: bool = True) -> str:  # noqa: ARG001 - every format has this shape
    """The names, each once, in their order."""
    return "".join(f"{line(name)}\n" for name in dict.fromkeys(answer.names))

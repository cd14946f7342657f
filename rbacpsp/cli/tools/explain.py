"""The tool `explain`."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from rbacpsp.cli.tools.desk import Desk
from rbacpsp.cli.tools.parameters import DEFAULT_LIMIT, Namespace
from rbacpsp.cli.tools.tool import Tool, place
from rbacpsp.model.json import JSONObject

Message = Annotated[
    str,
    Field(description="An error, an event, a log or an object that shows a refusal of the server, whole."),
]


def _bind(desk: Desk) -> Callable[..., JSONObject]:
    def explain(message: Message, namespace: Namespace = "") -> JSONObject:
        return desk.ask("explain", place(namespace), (message,), limit=DEFAULT_LIMIT)

    return explain


TOOL = Tool(
    "explain",
    "What does this refusal mean?",
    "What a refusal of the API server means for this cluster, and what to run next.",
    _bind,
)

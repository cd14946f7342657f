"""The tool `explain` of `rbacpsp mcp`: what a refusal by the server means."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from rbacpsp.cli.tools.command_runner import CommandRunner
from rbacpsp.cli.tools.parameters import DEFAULT_LIMIT, Namespace
from rbacpsp.cli.tools.tool import Tool, namespace_options
from rbacpsp.model.json import JSONObject

Message = Annotated[
    str,
    Field(description="The complete error, event, log or object that shows a refusal by the server."),
]


def _bind(runner: CommandRunner) -> Callable[..., JSONObject]:
    def explain(message: Message, namespace: Namespace = "") -> JSONObject:
        return runner.ask("explain", namespace_options(namespace), (message,), limit=DEFAULT_LIMIT)

    return explain


TOOL = Tool(
    "explain",
    "What does this refusal mean?",
    "What a refusal of the API server means for this cluster, and what to run next.",
    _bind,
)

"""The tools as an MCP server on standard input and output, with the official SDK."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, TextContent, ToolAnnotations

from rbacpsp import __version__
from rbacpsp.cli.tools import admit, audit, can_i, diff, explain, paths, who_can
from rbacpsp.cli.tools.command_runner import CommandRunner, RefusedQuestionError
from rbacpsp.cli.tools.tool import Tool
from rbacpsp.cli.tools.untrusted import NOTICE
from rbacpsp.model.json import JSONObject
from rbacpsp.report.json import encode

TOOLS: tuple[Tool, ...] = (
    who_can.TOOL,
    can_i.CAN_I,
    can_i.WHY,
    admit.TOOL,
    explain.TOOL,
    audit.TOOL,
    paths.TOOL,
    diff.TOOL,
)
_INSTRUCTIONS = (
    "Answers questions about {cluster} as the Kubernetes API server would: access (RBAC), pod admission and "
    "risks. The tools change nothing. " + NOTICE
)


def build_server(runner: CommandRunner) -> MCPServer:
    """Build the MCP server whose tools ask this runner."""
    live = not runner.source.filenames
    cluster = "a running cluster" if live else "the files it was started with"
    server = MCPServer(
        "rbacpsp",
        title="Kubernetes access",
        version=__version__,
        instructions=_INSTRUCTIONS.format(cluster=cluster),
        log_level="CRITICAL",
    )
    reads_only = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=live
    )
    for tool in TOOLS:
        server.add_tool(
            _as_tool_result(tool.bind(runner)),
            name=tool.name,
            title=tool.title,
            description=tool.description,
            annotations=reads_only,
        )
    return server


def _as_tool_result(function: Callable[..., JSONObject]) -> Callable[..., CallToolResult]:
    """Wrap the function of a tool, so that answers and failures become results of the protocol."""

    @wraps(function)
    def answer_call(**arguments: Any) -> CallToolResult:
        try:
            answer = function(**arguments)
        except RefusedQuestionError as error:
            return CallToolResult(content=[TextContent(type="text", text=f"error: {error}")], is_error=True)
        return CallToolResult(
            content=[TextContent(type="text", text=encode(answer))], structured_content=answer
        )

    answer_call.__signature__ = signature(function).replace(return_annotation=CallToolResult)  # type: ignore[attr-defined] # inspect reads this attribute
    answer_call.__annotations__ = {**function.__annotations__, "return": CallToolResult}
    return answer_call

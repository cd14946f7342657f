"""The tools as an MCP server on standard input and output, with the official SDK."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, TextContent, ToolAnnotations

from rbacpsp import __version__
from rbacpsp.cli.tools import admit, audit, can_i, diff, explain, paths, who_can
from rbacpsp.cli.tools.desk import Desk, RefusedQuestionError
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
    "Answers what the Kubernetes API server would about {what}: access (RBAC), pod admission and risks. It "
    "only reads. " + NOTICE
)


def server_of(desk: Desk) -> MCPServer:
    """The server of the tools at a desk."""
    live = not desk.source.filenames
    what = "a running cluster" if live else "the files it was started with"
    server = MCPServer(
        "rbacpsp",
        title="Kubernetes access",
        version=__version__,
        instructions=_INSTRUCTIONS.format(what=what),
        log_level="CRITICAL",
    )
    reads_only = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=live
    )
    for tool in TOOLS:
        server.add_tool(
            _result(tool.bind(desk)),
            name=tool.name,
            title=tool.title,
            description=tool.description,
            annotations=reads_only,
        )
    return server


def _result(function: Callable[..., JSONObject]) -> Callable[..., CallToolResult]:
    """The function of a tool, with its answer or its failure as the protocol has them."""

    @wraps(function)
    def answered(**given: Any) -> CallToolResult:
        try:
            found = function(**given)
        except RefusedQuestionError as error:
            return CallToolResult(content=[TextContent(type="text", text=f"error: {error}")], is_error=True)
        return CallToolResult(
            content=[TextContent(type="text", text=encode(found))], structured_content=found
        )

    answered.__signature__ = signature(function).replace(return_annotation=CallToolResult)  # type: ignore[attr-defined] # inspect's own protocol
    answered.__annotations__ = {**function.__annotations__, "return": CallToolResult}
    return answered

"""The tool `audit` of `rbacpsp mcp`: the risky permissions of the cluster."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from rbacpsp.cli.tools.command_runner import CommandRunner
from rbacpsp.cli.tools.parameters import DEFAULT_LIMIT, Limit
from rbacpsp.cli.tools.tool import Tool
from rbacpsp.model.json import JSONObject

Severity = Annotated[
    Literal["critical", "high", "medium", "low", "info"],
    Field(description="Return findings of at least this severity."),
]


def _bind(runner: CommandRunner) -> Callable[..., JSONObject]:
    def audit(severity: Severity = "high", limit: Limit = DEFAULT_LIMIT) -> JSONObject:
        return runner.ask("audit", [f"--severity={severity}"], limit=limit)

    return audit


TOOL = Tool(
    "audit",
    "What is risky?",
    "Risky permissions, the most severe first: who holds each through which binding and role, what an "
    "attacker gains, and the smallest change that removes it.",
    _bind,
)

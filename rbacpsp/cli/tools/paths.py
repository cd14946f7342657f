"""The tool `paths` of `rbacpsp mcp`: how subjects reach a goal."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from rbacpsp.cli.tools.command_runner import CommandRunner
from rbacpsp.cli.tools.parameters import DEFAULT_LIMIT, Limit
from rbacpsp.cli.tools.tool import Tool
from rbacpsp.model.json import JSONObject

Goal = Annotated[
    str,
    Field(
        description="cluster-admin, node (root on a node), secrets:NAMESPACE or a subject, such as User/ann."
    ),
]
Start = Annotated[
    str,
    Field(
        description="The subject where paths start: User/NAME, Group/NAME or ServiceAccount/NAMESPACE:NAME; "
        "if empty, every subject."
    ),
]


def _bind(runner: CommandRunner) -> Callable[..., JSONObject]:
    def paths(goal: Goal = "cluster-admin", start: Start = "", limit: Limit = DEFAULT_LIMIT) -> JSONObject:
        options = [f"--to={goal}", *([f"--from={start}"] if start else []), f"--limit={limit}"]
        return runner.ask("paths", options, limit=limit)

    return paths


TOOL = Tool(
    "paths",
    "Who can reach a goal?",
    "How subjects reach a goal step by step, and which single grant to remove to cut off most of them.",
    _bind,
)

"""The tool `paths`."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from rbacpsp.cli.tools.desk import Desk
from rbacpsp.cli.tools.parameters import DEFAULT_LIMIT, Limit
from rbacpsp.cli.tools.tool import Tool
from rbacpsp.model.json import JSONObject

Goal = Annotated[
    str,
    Field(description="cluster-admin, node (root on one), secrets:NAMESPACE or a subject, such as User/ann."),
]
Start = Annotated[
    str,
    Field(
        description="User/NAME, Group/NAME or ServiceAccount/NAMESPACE:NAME where paths start; everybody "
        "where it is empty."
    ),
]


def _bind(desk: Desk) -> Callable[..., JSONObject]:
    def paths(goal: Goal = "cluster-admin", start: Start = "", limit: Limit = DEFAULT_LIMIT) -> JSONObject:
        options = [f"--to={goal}", *([f"--from={start}"] if start else []), f"--limit={limit}"]
        return desk.ask("paths", options, limit=limit)

    return paths


TOOL = Tool(
    "paths",
    "Who can get there?",
    "How subjects reach a goal step by step, and which single grant, removed, cuts most of them off.",
    _bind,
)

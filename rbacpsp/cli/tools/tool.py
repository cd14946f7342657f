"""The definition of a tool, and helpers that several tools share."""

from collections.abc import Callable
from typing import NamedTuple

from rbacpsp.cli.tools.desk import Desk
from rbacpsp.model.json import JSONObject


class Tool(NamedTuple):
    """A question that an assistant may ask."""

    name: str
    title: str
    description: str
    bind: Callable[[Desk], Callable[..., JSONObject]]
    """Gives the function that answers at a desk; its parameters are those of the tool."""


def place(namespace: str, *, everywhere: bool = False) -> list[str]:
    """The options that say where."""
    if everywhere:
        return ["--all-namespaces"]
    return [f"--namespace={namespace}"] if namespace else []


def asker(user: str, groups: list[str]) -> list[str]:
    """The options that say who asks."""
    return [f"--as={user}", *(f"--as-group={group}" for group in groups)] if user or groups else []

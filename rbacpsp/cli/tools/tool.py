"""The definition of a tool, and helpers that several tools share."""

from collections.abc import Callable
from typing import NamedTuple

from rbacpsp.cli.tools.command_runner import CommandRunner
from rbacpsp.model.json import JSONObject


class Tool(NamedTuple):
    """A question that an assistant can ask."""

    name: str
    title: str
    description: str
    bind: Callable[[CommandRunner], Callable[..., JSONObject]]
    """Returns the function that answers with a runner; its parameters are those of the tool."""


def namespace_options(namespace: str, *, everywhere: bool = False) -> list[str]:
    """The command line options for a namespace, or for all namespaces."""
    if everywhere:
        return ["--all-namespaces"]
    return [f"--namespace={namespace}"] if namespace else []


def user_options(user: str, groups: list[str]) -> list[str]:
    """The command line options for the user and the groups."""
    return [f"--as={user}", *(f"--as-group={group}" for group in groups)] if user or groups else []

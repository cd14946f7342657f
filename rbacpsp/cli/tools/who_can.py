"""The tool `who_can` of `rbacpsp mcp`: the subjects that may do something."""

from collections.abc import Callable

from rbacpsp.cli.tools.command_runner import CommandRunner
from rbacpsp.cli.tools.parameters import (
    DEFAULT_LIMIT,
    AllNamespaces,
    Limit,
    Namespace,
    Resource,
    Subresource,
    Verb,
)
from rbacpsp.cli.tools.tool import Tool, namespace_options
from rbacpsp.model.json import JSONObject


def _bind(runner: CommandRunner) -> Callable[..., JSONObject]:
    def who_can(
        verb: Verb,
        resource: Resource,
        namespace: Namespace = "",
        subresource: Subresource = "",
        all_namespaces: AllNamespaces = False,
        limit: Limit = DEFAULT_LIMIT,
    ) -> JSONObject:
        options = [*namespace_options(namespace, everywhere=all_namespaces), f"--subresource={subresource}"]
        return runner.ask("who-can", options, (verb, resource), limit=limit)

    return who_can


TOOL = Tool(
    "who_can",
    "Who can do it?",
    "Which users, groups and service accounts may do something, through which bindings and roles.",
    _bind,
)

"""The tool `who_can`."""

from collections.abc import Callable

from rbacpsp.cli.tools.desk import Desk
from rbacpsp.cli.tools.parameters import (
    DEFAULT_LIMIT,
    AllNamespaces,
    Limit,
    Namespace,
    Resource,
    Subresource,
    Verb,
)
from rbacpsp.cli.tools.tool import Tool, place
from rbacpsp.model.json import JSONObject


def _bind(desk: Desk) -> Callable[..., JSONObject]:
    def who_can(
        verb: Verb,
        resource: Resource,
        namespace: Namespace = "",
        subresource: Subresource = "",
        all_namespaces: AllNamespaces = False,
        limit: Limit = DEFAULT_LIMIT,
    ) -> JSONObject:
        options = [*place(namespace, everywhere=all_namespaces), f"--subresource={subresource}"]
        return desk.ask("who-can", options, (verb, resource), limit=limit)

    return who_can


TOOL = Tool(
    "who_can",
    "Who can do it?",
    "Which users, groups and service accounts may do something, through which bindings and roles.",
    _bind,
)

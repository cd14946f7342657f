"""The tools `can_i` and `why`: the same question, without and with the evidence."""

from collections.abc import Callable

from rbacpsp.cli.tools.command_runner import CommandRunner
from rbacpsp.cli.tools.parameters import DEFAULT_LIMIT, Groups, Namespace, Resource, Subresource, User, Verb
from rbacpsp.cli.tools.tool import Tool, namespace_options, user_options
from rbacpsp.model.json import JSONObject


def _bind(*extra_options: str) -> Callable[[CommandRunner], Callable[..., JSONObject]]:
    def bind(runner: CommandRunner) -> Callable[..., JSONObject]:
        def can_i(
            user: User,
            verb: Verb,
            resource: Resource,
            namespace: Namespace = "",
            subresource: Subresource = "",
            groups: Groups = [],  # noqa: B006 - the schema shows the default; nothing changes it
        ) -> JSONObject:
            options = [
                *extra_options,
                *user_options(user, groups),
                *namespace_options(namespace),
                f"--subresource={subresource}",
            ]
            return runner.ask("can-i", options, (verb, resource), limit=DEFAULT_LIMIT)

        return can_i

    return bind


CAN_I = Tool(
    "can_i",
    "May this user do it?",
    "Whether RBAC allows a user to do something, with the grants that allow it or the API server's refusal.",
    _bind(),
)
WHY = Tool(
    "why",
    "Why may or may not this user do it?",
    "Like can_i, with near misses: grants for some names only, and bindings to roles that do not exist.",
    _bind("--why"),
)

"""The tool `admit` of `rbacpsp mcp`: whether the server would accept objects."""

from collections.abc import Callable

from rbacpsp.cli.tools.command_runner import CommandRunner
from rbacpsp.cli.tools.parameters import DEFAULT_LIMIT, Groups, Manifest, Namespace, User
from rbacpsp.cli.tools.tool import Tool, namespace_options, user_options
from rbacpsp.model.json import JSONObject


def _bind(runner: CommandRunner) -> Callable[..., JSONObject]:
    def admit(
        manifest: Manifest,
        user: User = "",
        namespace: Namespace = "",
        groups: Groups = [],  # noqa: B006 - the schema shows the default; nothing changes it
    ) -> JSONObject:
        options = [*user_options(user, groups), *namespace_options(namespace)]
        return runner.ask("admit", options, ("-",), limit=DEFAULT_LIMIT, stdin=manifest)

    return admit


TOOL = Tool(
    "admit",
    "Would the server accept it?",
    "Whether the API server would accept these objects: RBAC (with a user), validation, PodSecurityPolicy, "
    "Pod Security; what refuses them, and the smallest fix. Nothing is applied.",
    _bind,
)

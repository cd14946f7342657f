"""The tool `admit`."""

from collections.abc import Callable

from rbacpsp.cli.tools.desk import Desk
from rbacpsp.cli.tools.parameters import DEFAULT_LIMIT, Groups, Manifest, Namespace, User
from rbacpsp.cli.tools.tool import Tool, asker, place
from rbacpsp.model.json import JSONObject


def _bind(desk: Desk) -> Callable[..., JSONObject]:
    def admit(
        manifest: Manifest,
        user: User = "",
        namespace: Namespace = "",
        groups: Groups = [],  # noqa: B006 - a schema shows it, and nobody changes it
    ) -> JSONObject:
        options = [*asker(user, groups), *place(namespace)]
        return desk.ask("admit", options, ("-",), limit=DEFAULT_LIMIT, stdin=manifest)

    return admit


TOOL = Tool(
    "admit",
    "Would the server take it?",
    "Whether the API server would take these objects: RBAC (with a user), validation, PodSecurityPolicy, Pod "
    "Security; who refuses them, and the smallest mending. Nothing is applied.",
    _bind,
)

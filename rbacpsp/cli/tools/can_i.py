"""The tools `can_i` and `why`: the same question, without and with the evidence."""

from collections.abc import Callable

from rbacpsp.cli.tools.desk import Desk
from rbacpsp.cli.tools.parameters import DEFAULT_LIMIT, Groups, Namespace, Resource, Subresource, User, Verb
from rbacpsp.cli.tools.tool import Tool, asker, place
from rbacpsp.model.json import JSONObject


def _bind(*more: str) -> Callable[[Desk], Callable[..., JSONObject]]:
    def bind(desk: Desk) -> Callable[..., JSONObject]:
        def can_i(
            user: User,
            verb: Verb,
            resource: Resource,
            namespace: Namespace = "",
            subresource: Subresource = "",
            groups: Groups = [],  # noqa: B006 - a schema shows it, and nobody changes it
        ) -> JSONObject:
            options = [*more, *asker(user, groups), *place(namespace), f"--subresource={subresource}"]
            return desk.ask("can-i", options, (verb, resource), limit=DEFAULT_LIMIT)

        return can_i

    return bind


CAN_I = Tool(
    "can_i",
    "May this user do it?",
    "Whether the API server's RBAC allows a user something, with the grants or the words of the refusal.",
    _bind(),
)
WHY = Tool(
    "why",
    "Why may or may not this user do it?",
    "As can_i, with what lies near: grants of single names, and roleRefs that lead nowhere.",
    _bind("--why"),
)

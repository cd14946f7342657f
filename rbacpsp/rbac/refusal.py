"""Reads the API server's refusal back: from the message of a 403 answer to who asked, and for what.

The reverse of `rbacpsp.rbac.forbidden`.
"""

import re

from rbacpsp.model import Request
from rbacpsp.model.go import QUOTED, desanitized, unquote

_RESOURCE = re.compile(
    rf"(?:{QUOTED} )?is forbidden: "
    rf"User {QUOTED} cannot (\S+) resource {QUOTED} in API group {QUOTED} "
    rf"(?:in the namespace {QUOTED}|at the cluster scope)"
)
_PATH = re.compile(rf"forbidden: User {QUOTED} cannot (\S+) path {QUOTED}")


def read_refusal(text: str) -> tuple[str, Request] | None:
    """The user's name and the request that a refusal speaks of, or None when the text holds no such refusal.

    The text may have anything around it, such as kubectl's `Error from server (Forbidden): `.
    """
    text = desanitized(text)
    if found := _RESOURCE.search(text):
        name, user, verb, combined, group, namespace = (unquote(each or "") for each in found.groups())
        resource, _, subresource = combined.partition("/")
        return user, Request(
            verb, group=group, resource=resource, subresource=subresource, name=name, namespace=namespace
        )
    if found := _PATH.search(text):
        user, verb, path = map(unquote, found.groups())
        return user, Request(verb, path=path)
    return None

"""Reads the API server's refusal back: from the message of a 403 answer to who asked, and for what.

The reverse of `rbacpsp.rbac.forbidden`.
"""

import re

from rbacpsp.model import Request
from rbacpsp.model.go import desanitized, unquote

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_RESOURCE = re.compile(
    rf"(?:{_QUOTED} )?is forbidden: "
    rf"User {_QUOTED} cannot (\S+) resource {_QUOTED} in API group {_QUOTED} "
    rf"(?:in the namespace {_QUOTED}|at the cluster scope)"
)
_PATH = re.compile(rf"forbidden: User {_QUOTED} cannot (\S+) path {_QUOTED}")


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

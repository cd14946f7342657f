"""Reads the API server's refusal back: from the message of a 403 answer to who asked, and for what.

The reverse of `rbacpsp.rbac.forbidden`.
"""

import re

from rbacpsp.model import Request

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_RESOURCE = re.compile(
    rf'(?:[^\s"]+ )?(?:{_QUOTED} )?is forbidden: '
    rf"User {_QUOTED} cannot (\S+) resource {_QUOTED} in API group {_QUOTED} "
    rf"(?:in the namespace {_QUOTED}|at the cluster scope)"
)
_PATH = re.compile(rf"forbidden: User {_QUOTED} cannot (\S+) path {_QUOTED}")
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))")
_SHORT = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def read_refusal(text: str) -> tuple[str, Request] | None:
    """The user's name and the request that a refusal speaks of, or None when the text holds no such refusal.

    The text may have anything around it, such as kubectl's `Error from server (Forbidden): `.
    """
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    if found := _RESOURCE.search(text):
        name, user, verb, combined, group, namespace = (_unquoted(each or "") for each in found.groups())
        resource, _, subresource = combined.partition("/")
        return user, Request(
            verb, group=group, resource=resource, subresource=subresource, name=name, namespace=namespace
        )
    if found := _PATH.search(text):
        user, verb, path = map(_unquoted, found.groups())
        return user, Request(verb, path=path)
    return None


def _unquoted(text: str) -> str:
    return _ESCAPED.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    return chr(int(code, 16)) if code else _SHORT.get(match[4], match[4])

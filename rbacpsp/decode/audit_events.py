"""Reads the messages of refused requests from audit events.

An event of level Metadata often has no message: its fields tell what was refused, which is worded here as the
authorizer logs it. Source: apiserver/pkg/apis/audit/v1/types.go, 1.24 to 1.37.
"""

from json import dumps
from typing import Any

from rbacpsp.model.message import About, Passage

_FORBIDDEN = 403


def is_audited(obj: dict[str, Any]) -> bool:
    """Whether an object is an event of an audit log, and not one of the Events that kubectl lists."""
    return obj.get("kind") == "Event" and str(obj.get("apiVersion")).startswith("audit.k8s.io/")


def audited(event: dict[str, Any]) -> Passage:
    """The message of an audit event, and its user, which is the impersonated one in an impersonation."""
    user = _inside(event, "impersonatedUser") or _inside(event, "user")
    user_name, groups = str(user.get("username") or ""), user.get("groups")
    target = _inside(event, "objectRef")
    about = About(
        namespace=_text(target, "namespace"),
        user=user_name,
        groups=tuple(map(str, groups)) if isinstance(groups, list) else (),
    )
    status = _inside(event, "responseStatus")
    message = _text(status, "message")
    if message:
        return Passage(message, about)
    decision = _inside(event, "annotations").get("authorization.k8s.io/decision")
    if decision != "forbid" and (decision == "allow" or status.get("code") != _FORBIDDEN):
        return Passage("", about)
    return Passage(_denied(event, user_name, about.groups, target), about)


def _denied(event: dict[str, Any], user_name: str, groups: tuple[str, ...], target: dict[str, Any]) -> str:
    """A refused request, worded as in the authorizer's log."""
    head = f"RBAC DENY: user {dumps(user_name)} groups [{' '.join(map(dumps, groups))}] cannot "
    verb = dumps(_text(event, "verb"))
    if not target:
        path = _text(event, "requestURI").partition("?")[0]
        return f"{head}{verb} nonResourceURL {dumps(path)}"
    group = _text(target, "apiGroup")
    resource = _text(target, "resource") + (f".{group}" if group else "")
    subresource = _text(target, "subresource")
    resource += f"/{subresource}" if subresource else ""
    name, namespace = _text(target, "name"), _text(target, "namespace")
    name_words = f" named {dumps(name)}" if name else ""
    scope_words = f"in namespace {dumps(namespace)}" if namespace else "cluster-wide"
    return f"{head}{verb} resource {dumps(resource)}{name_words} {scope_words}"


def _inside(obj: dict[str, Any], key: str) -> dict[str, Any]:
    value = obj.get(key)
    return value if isinstance(value, dict) else {}


def _text(obj: dict[str, Any], key: str) -> str:
    value = obj.get(key)
    return value if isinstance(value, str) else ""

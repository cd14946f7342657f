"""The messages of refused requests in audit events.

An event of level Metadata often has no message: only its fields say what was refused, which is written
here as the authorizer logs it. Source: apiserver/pkg/apis/audit/v1/types.go, 1.24 to 1.37.
"""

from json import dumps
from typing import Any

from rbacpsp.model.pasted import About, Passage

_FORBIDDEN = 403


def is_audited(obj: dict[str, Any]) -> bool:
    """Whether an object is an event of an audit log, and none of the events that kubectl lists."""
    return obj.get("kind") == "Event" and str(obj.get("apiVersion")).startswith("audit.k8s.io/")


def audited(event: dict[str, Any]) -> Passage:
    """The message of an audit event, and the user; of an impersonation the impersonated one."""
    user = _inside(event, "impersonatedUser") or _inside(event, "user")
    who, groups = str(user.get("username") or ""), user.get("groups")
    target = _inside(event, "objectRef")
    about = About(
        namespace=_text(target, "namespace"),
        user=who,
        groups=tuple(map(str, groups)) if isinstance(groups, list) else (),
    )
    status = _inside(event, "responseStatus")
    message = _text(status, "message")
    if message:
        return Passage(message, about)
    decision = _inside(event, "annotations").get("authorization.k8s.io/decision")
    if decision != "forbid" and (decision == "allow" or status.get("code") != _FORBIDDEN):
        return Passage("", about)
    return Passage(_denied(event, who, about.groups, target), about)


def _denied(event: dict[str, Any], who: str, groups: tuple[str, ...], target: dict[str, Any]) -> str:
    """A refused request in the words of the authorizer's log."""
    head = f"RBAC DENY: user {dumps(who)} groups [{' '.join(map(dumps, groups))}] cannot "
    verb = dumps(_text(event, "verb"))
    if not target:
        path = _text(event, "requestURI").partition("?")[0]
        return f"{head}{verb} nonResourceURL {dumps(path)}"
    group = _text(target, "apiGroup")
    resource = _text(target, "resource") + (f".{group}" if group else "")
    part = _text(target, "subresource")
    resource += f"/{part}" if part else ""
    name, namespace = _text(target, "name"), _text(target, "namespace")
    named = f" named {dumps(name)}" if name else ""
    where = f"in namespace {dumps(namespace)}" if namespace else "cluster-wide"
    return f"{head}{verb} resource {dumps(resource)}{named} {where}"


def _inside(obj: dict[str, Any], key: str) -> dict[str, Any]:
    value = obj.get(key)
    return value if isinstance(value, dict) else {}


def _text(obj: dict[str, Any], key: str) -> str:
    value = obj.get(key)
    return value if isinstance(value, str) else ""

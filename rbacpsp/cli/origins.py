"""The source of an object, as answers print it."""

from typing import TYPE_CHECKING

from rbacpsp.model.json import JSONObject

if TYPE_CHECKING:
    from rbacpsp.model import ClusterRoleBinding, Objects, RoleBinding


def origin_json(binding: "RoleBinding | ClusterRoleBinding", objects: "Objects") -> JSONObject:
    """The file and line of a binding; empty if it was not read from a file."""
    origin = objects.origin(binding)
    if not origin.document.file:
        return {}
    return {"file": origin.document.file, **({"line": origin.line} if origin.line else {})}


def origin_text(binding: "RoleBinding | ClusterRoleBinding", objects: "Objects") -> str:
    """The same as `file:line`; empty if it was not read from a file."""
    origin = origin_json(binding, objects)
    return f"{origin['file']}:{origin['line']}" if origin.get("line") else str(origin.get("file", ""))

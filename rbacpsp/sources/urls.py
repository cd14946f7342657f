"""Builds the paths of lists and objects on an API server."""

from urllib.parse import quote

from rbacpsp.model.printable import shown


def path(version: str, resource: str, namespace: str = "", name: str = "") -> str:
    """The path of a list or an object, in one namespace or in the whole cluster.

    Raises:
        ValueError: The name is not valid in a path, where it would lead to another object.
    """
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    namespace_part = f"/namespaces/{_segment(namespace)}" if namespace else ""
    return f"{root}{namespace_part}/{resource}" + (f"/{_segment(name)}" if name else "")


def _segment(name: str) -> str:
    """A name as a part of a path (apimachinery/pkg/api/validation/path IsValidPathSegmentName, 0.37)."""
    if name in {".", ".."} or "/" in name or "%" in name:
        raise ValueError(f'"{shown(name)}" cannot be a namespace: it may not contain / or %, nor be . or ..')
    return quote(name, safe="")

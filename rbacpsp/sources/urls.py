"""The paths of lists and objects on an API server."""

from urllib.parse import quote

from rbacpsp.decode.problems import shown


def path(version: str, resource: str, namespace: str = "", name: str = "") -> str:
    """The path of a list or an object, of one namespace or of the whole cluster.

    Raises:
        ValueError: No namespace can have that name; it would lead elsewhere.
    """
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    within = f"/namespaces/{_segment(namespace)}" if namespace else ""
    return f"{root}{within}/{resource}" + (f"/{_segment(name)}" if name else "")


def _segment(name: str) -> str:
    """A name as a part of a path (apimachinery/pkg/api/validation/path IsValidPathSegmentName, 0.37)."""
    if name in {".", ".."} or "/" in name or "%" in name:
        raise ValueError(
            f'"{shown(name)}" can be no namespace: it may hold neither / nor %, and not be . or ..'
        )
    return quote(name, safe="")

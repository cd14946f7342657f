"""Builds the headers for a kubeconfig user's `as`, `as-uid`, `as-groups` and `as-user-extra`.

The Python client ignores them. Source: client-go/transport/round_trippers.go, 0.37.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote


def impersonation(user: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The headers, one for each group and value.

    Raises:
        ValueError: Groups or values are not lists.
    """
    name, uid, extra = user.get("as"), user.get("as-uid"), user.get("as-user-extra") or {}
    if not isinstance(extra, Mapping):
        raise ValueError("as-user-extra must contain lists of names")
    return (
        *((("Impersonate-User", str(name)),) if name else ()),
        *((("Impersonate-Uid", str(uid)),) if uid else ()),
        *(("Impersonate-Group", group) for group in _names(user.get("as-groups"), "as-groups")),
        *(
            (f"Impersonate-Extra-{quote(str(key), safe='')}", value)
            for key, values in extra.items()
            for value in _names(values, "as-user-extra")
        ),
    )


def _names(values: Any, field: str) -> list[str]:
    if not isinstance(values or [], list):
        raise ValueError(f"{field} must contain lists of names")
    return [str(value) for value in values or ()]

"""Finds roles by name; an unknown role is an error, where all roles were read."""

from collections.abc import Iterable

from rbacpsp.cli.errors import InputError
from rbacpsp.model import Objects
from rbacpsp.model.similar_names import likeliest


def require_role(objects: Objects, text: str) -> None:
    """Insist that there is a role of a name; of those that may not all have been read nothing is said.

    Args:
        objects: What the server holds.
        text: A name, `ClusterRole/NAME` or `Role/NAME`.

    Raises:
        InputError: There is no such role, and the list of roles is complete.
    """
    kind, slash, name = text.partition("/")
    kind, name = (kind.lower(), name) if slash else ("", text)
    cluster_roles = objects.cluster_roles if kind in {"", "clusterrole"} else {}
    roles = {role for _, role in objects.roles} if kind in {"", "role"} else set[str]()
    asked = {"": {"ClusterRole", "Role"}, "clusterrole": {"ClusterRole"}, "role": {"Role"}}.get(kind, set())
    if name in cluster_roles or name in roles or asked & objects.partly_read:
        return
    found = [f"ClusterRole/{each}" for each in likeliest(name, cluster_roles)]
    found += [f"Role/{each}" for each in likeliest(name, roles)]
    raise InputError([f'no role is called "{text}"{did_you_mean(found)}'])


def did_you_mean(names: Iterable[str]) -> str:
    """What was perhaps meant, as the rest of a sentence; empty where there is nothing."""
    said = " or ".join(names)
    return f"; did you mean {said}?" if said else ""

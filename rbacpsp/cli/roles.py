"""Finds roles by name; an unknown role is an error if all roles were read."""

from rbacpsp.cli.errors import InputError
from rbacpsp.model import Objects
from rbacpsp.model.similar_names import did_you_mean, likeliest


def require_role(objects: Objects, text: str) -> None:
    """Require that a role exists, if all roles of its kind were read.

    Args:
        objects: The objects of the cluster.
        text: A name, `ClusterRole/NAME` or `Role/NAME`.

    Raises:
        InputError: There is no such role, and the list of roles is complete.
    """
    kind, slash, name = text.partition("/")
    kind, name = (kind.lower(), name) if slash else ("", text)
    cluster_roles = objects.cluster_roles if kind in {"", "clusterrole"} else {}
    roles = {role for _, role in objects.roles} if kind in {"", "role"} else set[str]()
    kinds = {"": {"ClusterRole", "Role"}, "clusterrole": {"ClusterRole"}, "role": {"Role"}}.get(kind, set())
    if name in cluster_roles or name in roles or kinds & objects.partly_read:
        return
    similar = [f"ClusterRole/{role_name}" for role_name in likeliest(name, cluster_roles)]
    similar += [f"Role/{role_name}" for role_name in likeliest(name, roles)]
    raise InputError([f'no role is called "{text}"{did_you_mean(similar)}'])

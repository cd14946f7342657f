"""The ConfigMap kube-system/aws-auth: which roles and users of IAM are which user and groups.

Source: https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
"""

import json
from typing import NamedTuple

from rbacpsp.audit.pod_specs import part
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest


class Mapped(NamedTuple):
    """An identity of IAM, and who it is in the cluster."""

    identity: str
    username: str
    """Empty where it depends on the session."""
    groups: tuple[str, ...]
    config_map: Manifest


def mapped(view: View) -> tuple[Mapped, ...]:
    """Every entry of the ConfigMap, where it was loaded; entries that name no identity map nobody."""
    config_map = view.objects.surroundings.get(("ConfigMap", "kube-system", "aws-auth"))
    if config_map is None:
        return ()
    found = []
    for key, name in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        for entry in json.loads(part(config_map.body, "data").get(key, "[]")):
            username = entry.get("username", "")
            if entry.get(name):
                groups = tuple(dict.fromkeys(entry["groups"]))
                found.append(Mapped(entry[name], "" if "{{" in username else username, groups, config_map))
    return tuple(found)

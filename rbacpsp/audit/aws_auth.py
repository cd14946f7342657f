"""The ConfigMap kube-system/aws-auth, which maps IAM roles and users to a user and groups of the cluster.

Source: https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
"""

import json
from typing import NamedTuple

from rbacpsp.audit.pod_specs import part
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest


class MappedIdentity(NamedTuple):
    """An IAM identity, and its user and groups in the cluster."""

    identity: str
    username: str
    """Empty if it depends on the session."""
    groups: tuple[str, ...]
    config_map: Manifest


def mapped_identities(view: View) -> tuple[MappedIdentity, ...]:
    """Every entry of the ConfigMap that names an identity; none if the ConfigMap was not loaded."""
    config_map = view.objects.surroundings.get(("ConfigMap", "kube-system", "aws-auth"))
    if config_map is None:
        return ()
    identities = []
    for key, name in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        for entry in json.loads(part(config_map.body, "data").get(key, "[]")):
            username = entry.get("username", "")
            if entry.get(name):
                groups = tuple(dict.fromkeys(entry["groups"]))
                identities.append(
                    MappedIdentity(entry[name], "" if "{{" in username else username, groups, config_map)
                )
    return tuple(identities)

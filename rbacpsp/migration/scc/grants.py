"""Roles and bindings that let those who may use a policy use its constraints.

The role has the name that `oc adm policy add-scc-to-user` gives it, so later grants extend the same role.
"""

from collections.abc import Iterator, Sequence

from rbacpsp.migration.access import PolicyAccess
from rbacpsp.migration.grants import EVERYONE, role_and_bindings
from rbacpsp.model.json import JSONObject
from rbacpsp.model.scc import GROUP, RESOURCE

_ROLE = "system:openshift:scc:"


def grants(names: Sequence[str], access: PolicyAccess) -> Iterator[JSONObject]:
    """A ClusterRole that grants `use` of constraints, and its bindings, if somebody has it.

    Args:
        names: The constraints of one policy; the role is named after the first.
        access: Who may use the policy.
    """
    rule = {"apiGroups": [GROUP], "resources": [RESOURCE], "resourceNames": list(names), "verbs": ["use"]}
    holders = EVERYONE if access.scope == "all" else access.holders
    return role_and_bindings(f"{_ROLE}{names[0]}", rule, holders)

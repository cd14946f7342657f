"""The output of `kubectl describe role` and `kubectl describe clusterrole`."""

from rbacpsp.model import ClusterRole, Role
from rbacpsp.report.kubectl.describe import header, tabbed
from rbacpsp.report.kubectl.rules import rule_lines


def describe_role(role: Role | ClusterRole) -> str:
    """What `kubectl describe` prints for a role.

    Source: kubectl/pkg/describe/describe.go RoleDescriber and ClusterRoleDescriber, 1.24.
    """
    return tabbed(
        (
            *header(role.metadata),
            "PolicyRule:",
            "  Resources\tNon-Resource URLs\tResource Names\tVerbs",
            "  ---------\t-----------------\t--------------\t-----",
            *(f"  {line}" for line in rule_lines(role.rules)),
        )
    )

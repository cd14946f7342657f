"""The output of `kubectl describe rolebinding` and `kubectl describe clusterrolebinding`."""

from rbacpsp.model import ClusterRoleBinding, RoleBinding
from rbacpsp.report.kubectl.describe import header, tabbed


def describe_binding(binding: RoleBinding | ClusterRoleBinding) -> str:
    """What `kubectl describe` prints for a binding; the subjects are in the binding's order.

    Source: kubectl/pkg/describe/describe.go RoleBindingDescriber and ClusterRoleBindingDescriber, 1.24.
    """
    return tabbed(
        (
            *header(binding.metadata),
            "Role:",
            f"  Kind:\t{binding.role_ref.kind}",
            f"  Name:\t{binding.role_ref.name}",
            "Subjects:",
            "  Kind\tName\tNamespace",
            "  ----\t----\t---------",
            *(f"  {subject.kind}\t{subject.name}\t{subject.namespace}" for subject in binding.subjects),
        )
    )

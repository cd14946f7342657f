"""Whether pods under OpenShift's security context constraints can take over their node."""

from rbacpsp.apply.constraint_defaults import ALL, HOST_PATH
from rbacpsp.audit.policy_facts import TAKEOVER_CAPABILITIES
from rbacpsp.model.scc import SecurityContextConstraints

_CONFINED = "RequirePodLevel"


def container_takeover(constraint: SecurityContextConstraints) -> tuple[str, ...]:
    """What the constraints admit in a single container that makes it root on its node; empty if nothing.

    In a user namespace of its own, root in the pod is an unprivileged user on the node.
    """
    if constraint.user_namespace_level == _CONFINED:
        return ()
    escalates = (
        constraint.allow_privilege_escalation is not False
    )  # the API refuses a privileged container that may not
    dangers = ["privileged"] if constraint.allow_privileged_container and escalates else []
    added = _capabilities(constraint)
    dangers += [f"capability {name}" for name in sorted(added & TAKEOVER_CAPABILITIES)]
    return tuple(dangers)


def node_takeover(constraint: SecurityContextConstraints) -> tuple[str, ...]:
    """What defaulted constraints admit that makes a pod root on its node; empty if nothing.

    SELinux may still deny access to folders of the node; it is not considered.
    """
    if constraint.user_namespace_level == _CONFINED:
        return ()
    dangers = list(container_takeover(constraint))
    if constraint.allow_host_pid and "SYS_PTRACE" in _capabilities(constraint):
        dangers.append("hostPID with SYS_PTRACE")
    if not {ALL, HOST_PATH}.isdisjoint(constraint.volumes or ()) and may_become_root(constraint):
        dangers.append("hostPath of any folder")
    return tuple(dangers)


def may_become_root(constraint: SecurityContextConstraints) -> bool:
    """Whether a container may start as user 0, or become user 0 through a setuid program of its image."""
    if constraint.allow_privilege_escalation is not False:
        return True
    options = constraint.run_as_user
    match options.type:
        case "RunAsAny":
            return True
        case "MustRunAs":
            return options.uid == 0
        case "MustRunAsRange":
            return options.uid_range_min == 0
        case _:
            return False


def _capabilities(constraint: SecurityContextConstraints) -> frozenset[str]:
    granted = (*constraint.allowed_capabilities, *constraint.default_add_capabilities)
    return frozenset(capability.removeprefix("CAP_") for capability in granted)

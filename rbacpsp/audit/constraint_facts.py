"""What OpenShift's security context constraints let a pod do to its node."""

from rbacpsp.apply.constraint_defaults import ALL, HOST_PATH
from rbacpsp.audit.policy_facts import TAKEOVER_CAPABILITIES
from rbacpsp.model.scc import SecurityContextConstraints

_CONFINED = "RequirePodLevel"


def container_takeover(constraint: SecurityContextConstraints) -> tuple[str, ...]:
    """What they admit in a single container that makes it root on its node; empty: nothing.

    Where a pod must have a user namespace of its own, its root is nobody on the node.
    """
    if constraint.user_namespace_level == _CONFINED:
        return ()
    escalates = (
        constraint.allow_privilege_escalation is not False
    )  # the API refuses a privileged container that may not
    found = ["privileged"] if constraint.allow_privileged_container and escalates else []
    added = _capabilities(constraint)
    found += [f"capability {name}" for name in sorted(added & TAKEOVER_CAPABILITIES)]
    return tuple(found)


def node_takeover(constraint: SecurityContextConstraints) -> tuple[str, ...]:
    """What defaulted constraints admit that makes a pod root on its node; empty: nothing.

    SELinux may still keep a pod from folders of the node: it is not looked at.
    """
    if constraint.user_namespace_level == _CONFINED:
        return ()
    found = list(container_takeover(constraint))
    if constraint.allow_host_pid and "SYS_PTRACE" in _capabilities(constraint):
        found.append("hostPID with SYS_PTRACE")
    if not {ALL, HOST_PATH}.isdisjoint(constraint.volumes or ()) and may_become_root(constraint):
        found.append("hostPath of any folder")
    return tuple(found)


def may_become_root(constraint: SecurityContextConstraints) -> bool:
    """Whether a container may start as user 0, or become it by a setuid program of its image."""
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
    given = (*constraint.allowed_capabilities, *constraint.default_add_capabilities)
    return frozenset(each.removeprefix("CAP_") for each in given)

"""The CEL expressions for the host's namespaces and ports, privileged containers, and /proc."""

from rbacpsp.migration.cel.clause import Clause
from rbacpsp.migration.cel.text import container_field, every_container, one_of, within
from rbacpsp.migration.controls import ForbiddenField, HostPorts, ProcMounts


def forbidden(control: ForbiddenField) -> Clause:
    """A field that may not be true: the pod's, or for `privileged` any container's."""
    if control.field == "privileged":
        return Clause(every_container(f"!{container_field('privileged')}.orValue(false)"))
    return Clause(f"!object.spec.?{control.field}.orValue(false)")


def host_ports(control: HostPorts) -> Clause:
    """Every port of the host lies in a range; 0 is none."""
    port = "p.?hostPort.orValue(0)"
    allowed = within("p.hostPort", control.ranges)
    test = f"{port} <= 0" if allowed == "false" else f"{port} <= 0 || {allowed}"
    return Clause(every_container(f"c.?ports.orValue([]).all(p, {test})"))


def proc_mounts(control: ProcMounts) -> Clause:
    """Every container's procMount is allowed; an absent one is Default."""
    return Clause(
        every_container(one_of(f"{container_field('procMount')}.orValue('Default')", control.types))
    )

"""The output of `kubectl get psp` and `kubectl describe psp`."""

from collections.abc import Iterable, Iterator

from rbacpsp.model import PodSecurityPolicy, PodSecurityPolicySpec
from rbacpsp.model.pod import SELinuxOptions
from rbacpsp.model.psp import Range
from rbacpsp.report.kubectl.describe import tabbed
from rbacpsp.report.kubectl.table import aligned, cell

COLUMNS = ("name", "priv", "caps", "selinux", "runasuser", "fsgroup", "supgroup", "readonlyrootfs", "volumes")
"""The titles of `kubectl get psp`, which prints them in upper case."""


def get_policies(policies: Iterable[PodSecurityPolicy], *, headers: bool = True) -> str:
    """What `kubectl get psp` prints for the policies, in the order of their names.

    Source: kubernetes/pkg/printers/internalversion/printers.go printPodSecurityPolicy, 1.24.
    """
    ordered = sorted(policies, key=lambda policy: policy.name)
    rows = ["\t".join(map(cell, policy_row(policy))) for policy in ordered]
    return aligned(["\t".join(COLUMNS).upper(), *rows] if headers else rows)


def policy_row(policy: PodSecurityPolicy) -> Iterator[str]:
    """The cells of a policy under `COLUMNS`."""
    spec = policy.spec
    yield policy.name
    yield _bool(spec.privileged)
    yield ",".join(spec.allowed_capabilities)
    yield spec.se_linux.rule
    yield spec.run_as_user.rule
    yield spec.fs_group.rule
    yield spec.supplemental_groups.rule
    yield _bool(spec.read_only_root_filesystem)
    yield ",".join(spec.volumes)


def describe_policy(policy: PodSecurityPolicy) -> str:
    """What `kubectl describe psp` prints for a policy.

    Like kubectl, it omits annotations, runAsGroup, host paths, proc mounts and runtime classes.
    Source: kubectl/pkg/describe/describe.go describePodSecurityPolicy, 1.24.
    """
    return tabbed((f"Name:\t{policy.name}", "", "Settings:", *_settings(policy.spec)))


def _settings(spec: PodSecurityPolicySpec) -> Iterator[str]:
    yield f"  Allow Privileged:\t{_bool(spec.privileged)}"
    yield f"  Allow Privilege Escalation:\t{_bool(spec.allow_privilege_escalation)}"
    yield f"  Default Add Capabilities:\t{_joined(spec.default_add_capabilities)}"
    yield f"  Required Drop Capabilities:\t{_joined(spec.required_drop_capabilities)}"
    yield f"  Allowed Capabilities:\t{_joined(spec.allowed_capabilities)}"
    yield f"  Allowed Volume Types:\t{_joined(spec.volumes)}"
    if spec.allowed_flex_volumes:
        drivers = _joined(f"driver={flex.driver}" for flex in spec.allowed_flex_volumes)
        yield f"  Allowed FlexVolume Types:	{drivers}"
    if spec.allowed_csi_drivers:
        drivers = _joined(f"driver={csi.name}" for csi in spec.allowed_csi_drivers)
        yield f"  Allowed CSI Drivers:	{drivers}"
    if spec.allowed_unsafe_sysctls:
        yield f"  Allowed Unsafe Sysctls:\t{_joined(spec.allowed_unsafe_sysctls)}"
    if spec.forbidden_sysctls:
        yield f"  Forbidden Sysctls:\t{_joined(spec.forbidden_sysctls)}"
    yield f"  Allow Host Network:\t{_bool(spec.host_network)}"
    yield f"  Allow Host Ports:\t{_ranges(spec.host_ports)}"
    yield f"  Allow Host PID:\t{_bool(spec.host_pid)}"
    yield f"  Allow Host IPC:\t{_bool(spec.host_ipc)}"
    yield f"  Read Only Root Filesystem:\t{_bool(spec.read_only_root_filesystem)}"
    labels = spec.se_linux.se_linux_options or SELinuxOptions()
    yield f"  SELinux Context Strategy: {spec.se_linux.rule}\t"
    yield f"    User:\t{labels.user or '<none>'}"
    yield f"    Role:\t{labels.role or '<none>'}"
    yield f"    Type:\t{labels.type or '<none>'}"
    yield f"    Level:\t{labels.level or '<none>'}"
    yield f"  Run As User Strategy: {spec.run_as_user.rule}\t"
    yield f"    Ranges:\t{_ranges(spec.run_as_user.ranges)}"
    yield f"  FSGroup Strategy: {spec.fs_group.rule}\t"
    yield f"    Ranges:\t{_ranges(spec.fs_group.ranges)}"
    yield f"  Supplemental Groups Strategy: {spec.supplemental_groups.rule}\t"
    yield f"    Ranges:\t{_ranges(spec.supplemental_groups.ranges)}"


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _joined(values: Iterable[str]) -> str:
    return ",".join(values) or "<none>"


def _ranges(ranges: Iterable[Range]) -> str:
    return _joined(f"{id_range.min}-{id_range.max}" for id_range in ranges)

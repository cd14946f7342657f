"""The output of `oc get scc` and `oc describe scc`."""

import json
from collections.abc import Iterable, Iterator

from rbacpsp.model.pod import SELinuxOptions
from rbacpsp.model.psp import Range
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.report.kubectl.table import aligned, cell

COLUMNS = (
    *("name", "priv", "caps", "selinux", "runasuser", "fsgroup", "supgroup", "priority", "readonlyrootfs"),
    "volumes",
)
"""The titles of `oc get scc`, which prints them in upper case."""

_NO_VALUE = "<no value>"
_NONE = "<none>"
_TAB = 8


def get_constraints(constraints: Iterable[SecurityContextConstraints], *, headers: bool = True) -> str:
    """What `oc get scc` prints for constraints that a server stores, in the order of their names.

    Source: the printer columns of the CustomResourceDefinition in openshift/api security/v1, release-4.21.
    """
    ordered = sorted(constraints, key=lambda constraint: constraint.name)
    rows = ["\t".join(map(cell, constraint_row(constraint))) for constraint in ordered]
    return aligned(["\t".join(COLUMNS).upper(), *rows] if headers else rows)


def constraint_row(constraint: SecurityContextConstraints) -> Iterator[str]:
    """The cells of constraints under `COLUMNS`."""
    yield constraint.name
    yield _bool(constraint.allow_privileged_container)
    yield _list(constraint.allowed_capabilities) if constraint.allowed_capabilities else _NO_VALUE
    yield constraint.se_linux_context.type
    yield constraint.run_as_user.type
    yield constraint.fs_group.type
    yield constraint.supplemental_groups.type
    yield _NO_VALUE if constraint.priority is None else str(constraint.priority)
    yield _bool(constraint.read_only_root_filesystem)
    yield _list(constraint.volumes or ())


def describe_constraint(constraint: SecurityContextConstraints) -> str:
    """What `oc describe scc` prints for constraints: their own user lists, and no users by RBAC.

    Source: oc pkg/helpers/describe/describer.go describeSecurityContextConstraints.
    """
    lines = [line.partition("\t") for line in _lines(constraint)]
    width = (max(len(title) for title, _, _ in lines) + _TAB) // _TAB * _TAB
    return "".join(
        title + "\t" * -(-(width - len(title)) // _TAB) + value + "\n" for title, _, value in lines
    )


def _lines(constraint: SecurityContextConstraints) -> Iterator[str]:
    yield f"Name:\t{constraint.name}"
    yield f"Priority:\t{_NONE if constraint.priority is None else constraint.priority}"
    yield "Access:\t"
    yield f"  Users:\t{_joined(constraint.users)}"
    yield f"  Groups:\t{_joined(constraint.groups)}"
    yield "Settings:\t"
    yield f"  Allow Privileged:\t{_bool(constraint.allow_privileged_container)}"
    escalation = constraint.allow_privilege_escalation
    yield f"  Allow Privilege Escalation:\t{_NONE if escalation is None else _bool(escalation)}"
    yield f"  Default Add Capabilities:\t{_joined(constraint.default_add_capabilities)}"
    yield f"  Required Drop Capabilities:\t{_joined(constraint.required_drop_capabilities)}"
    yield f"  Allowed Capabilities:\t{_joined(constraint.allowed_capabilities)}"
    yield f"  Allowed Seccomp Profiles:\t{_joined(constraint.seccomp_profiles)}"
    yield f"  Allowed Volume Types:\t{_joined(constraint.volumes or ())}"
    drivers = ",".join(
        f"driver={allowed_flex_volume.driver}" for allowed_flex_volume in constraint.allowed_flex_volumes
    )
    yield f"  Allowed Flexvolumes:\t{drivers or '<all>'}"
    yield f"  Allowed Unsafe Sysctls:\t{_joined(constraint.allowed_unsafe_sysctls)}"
    yield f"  Forbidden Sysctls:\t{_joined(constraint.forbidden_sysctls)}"
    yield f"  Allow Host Network:\t{_bool(constraint.allow_host_network)}"
    yield f"  Allow Host Ports:\t{_bool(constraint.allow_host_ports)}"
    yield f"  Allow Host PID:\t{_bool(constraint.allow_host_pid)}"
    yield f"  Allow Host IPC:\t{_bool(constraint.allow_host_ipc)}"
    yield f"  Read Only Root Filesystem:\t{_bool(constraint.read_only_root_filesystem)}"
    user = constraint.run_as_user
    yield f"  Run As User Strategy: {user.type}\t"
    yield f"    UID:\t{_number(user.uid)}"
    yield f"    UID Range Min:\t{_number(user.uid_range_min)}"
    yield f"    UID Range Max:\t{_number(user.uid_range_max)}"
    labels = constraint.se_linux_context.se_linux_options or SELinuxOptions()
    yield f"  SELinux Context Strategy: {constraint.se_linux_context.type}\t"
    yield f"    User:\t{labels.user or _NONE}"
    yield f"    Role:\t{labels.role or _NONE}"
    yield f"    Type:\t{labels.type or _NONE}"
    yield f"    Level:\t{labels.level or _NONE}"
    yield f"  FSGroup Strategy: {constraint.fs_group.type}\t"
    yield f"    Ranges:\t{_ranges(constraint.fs_group.ranges)}"
    yield f"  Supplemental Groups Strategy: {constraint.supplemental_groups.type}\t"
    yield f"    Ranges:\t{_ranges(constraint.supplemental_groups.ranges)}"


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _number(value: int | None) -> str:
    return _NONE if value is None else str(value)


def _joined(values: Iterable[str]) -> str:
    return ",".join(values) or _NONE


def _list(values: Iterable[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def _ranges(ranges: Iterable[Range]) -> str:
    return _joined(f"{id_range.min}-{id_range.max}" for id_range in ranges)

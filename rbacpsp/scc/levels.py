"""The level of the Pod Security Standards that corresponds to security context constraints.

OpenShift's label synchronization derives the labels of a namespace from it. Only what constraints allow
counts, not their defaults; added capabilities and user namespaces are ignored.

Source: openshift/cluster-policy-controller pkg/psalabelsyncer/scctopsamapping.go, release-4.21.
"""

from collections.abc import Mapping

from rbacpsp.apply.constraint_defaults import ALL, HOST_PATH, NONE
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.scc.blocks import BlockError, parse_block
from rbacpsp.scc.rules import UID_RANGE

LEVELS = ("restricted", "baseline", "privileged")
"""From the strictest to the loosest."""
_RESTRICTED, _BASELINE, _PRIVILEGED = range(3)

_BASELINE_CAPABILITIES = frozenset(
    {
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
        *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    }
)
_RESTRICTED_CAPABILITIES = frozenset({"NET_BIND_SERVICE"})
_EVERY_CAPABILITY = "ALL"
_SYSCTLS = frozenset(
    {
        *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"),
        *("net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start"),
    }
)
_RESTRICTED_VOLUMES = frozenset(
    {
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", NONE),
        *("persistentVolumeClaim", "projected", "secret"),
    }
)
_BASELINE_VOLUMES = frozenset(
    {
        *(
            "awsElasticBlockStore",
            "azureDisk",
            "azureFile",
            "cephFS",
            "cinder",
            "fc",
            "flexVolume",
            "flocker",
        ),
        *("gcePersistentDisk", "gitRepo", "glusterfs", "iscsi", "nfs", "photonPersistentDisk"),
        *("portworxVolume", "quobyte", "rbd", "scaleIO", "storageOS", "vsphere"),
    }
)
_SELINUX_TYPES = frozenset({"", "container_t", "container_init_t", "container_kvm_t"})
_SECCOMP_PROFILES = frozenset({"runtime/default", "docker/default"})
_LOCALHOST = "localhost/"


class LevelError(ValueError):
    """The level of constraints is unknown: no labels are written then."""


def psa_level(constraint: SecurityContextConstraints, annotations: Mapping[str, str]) -> str:
    """The level of defaulted constraints in a namespace with these annotations.

    Raises:
        LevelError: It is unknown; the message is the reason.
    """
    volumes = _volumes(constraint.volumes or ())
    user = _user(constraint, annotations)
    return LEVELS[max(volumes, user, _host(constraint), _escalation(constraint), _profiles(constraint))]


def _host(constraint: SecurityContextConstraints) -> int:
    allows_host = (
        constraint.allow_host_dir_volume_plugin
        or constraint.allow_host_ipc
        or constraint.allow_host_network
        or constraint.allow_host_pid
        or constraint.allow_host_ports
        or constraint.allow_privileged_container
        or not _SYSCTLS.issuperset(constraint.allowed_unsafe_sysctls)
    )
    return _PRIVILEGED if allows_host else _RESTRICTED


def _escalation(constraint: SecurityContextConstraints) -> int:
    allowed = constraint.allowed_capabilities
    if not _BASELINE_CAPABILITIES.issuperset(allowed):
        return _PRIVILEGED
    if (
        constraint.allow_privilege_escalation is not False
        or not _RESTRICTED_CAPABILITIES.issuperset(allowed)
        or _EVERY_CAPABILITY not in constraint.required_drop_capabilities
    ):
        return _BASELINE
    return _RESTRICTED


def _profiles(constraint: SecurityContextConstraints) -> int:
    options = constraint.se_linux_context.se_linux_options
    if constraint.se_linux_context.type != "MustRunAs":
        return _PRIVILEGED
    if options is not None and (options.type not in _SELINUX_TYPES or options.user or options.role):
        return _PRIVILEGED
    profiles = constraint.seccomp_profiles
    if not profiles:
        return _BASELINE
    known = all(profile in _SECCOMP_PROFILES or profile.startswith(_LOCALHOST) for profile in profiles)
    return _RESTRICTED if known else _PRIVILEGED


def _volumes(volumes: tuple[str, ...]) -> int:
    for volume_type in volumes:
        if volume_type in {ALL, HOST_PATH}:
            return _PRIVILEGED
        if volume_type not in _RESTRICTED_VOLUMES and volume_type not in _BASELINE_VOLUMES:
            raise LevelError(f"unknown volume type: {volume_type}")
    return _RESTRICTED if _RESTRICTED_VOLUMES.issuperset(volumes) else _BASELINE


def _user(constraint: SecurityContextConstraints, annotations: Mapping[str, str]) -> int:
    options = constraint.run_as_user
    match options.type:
        case "MustRunAsNonRoot":
            return _RESTRICTED
        case "RunAsAny":
            return _BASELINE
        case "MustRunAs":
            first = options.uid or 0
        case "MustRunAsRange":
            if options.uid_range_min is None or options.uid_range_max is None:
                first = _block_start(annotations)
            else:
                first = options.uid_range_min
        case _:
            raise LevelError(f"unknown strategy: {options.type}")
    return _RESTRICTED if first > 0 else _BASELINE


def _block_start(annotations: Mapping[str, str]) -> int:
    text = annotations.get(UID_RANGE, "")
    if not text:
        raise LevelError(f"the namespace has no annotation {UID_RANGE}, or an empty one")
    try:
        return parse_block(text).min
    except BlockError as error:
        raise LevelError(f"the annotation {UID_RANGE} of the namespace is not a block: {error}") from None

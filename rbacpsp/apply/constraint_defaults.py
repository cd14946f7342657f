"""What the API server makes of security context constraints when they are written.

It is idempotent: manifests and live objects are treated alike.

Source: openshift/kubernetes SetDefaults_SCC (release-4.21).
"""

from msgspec.structs import replace

from rbacpsp.model.scc import GroupStrategy, SecurityContextConstraints

ALL = "*"
NONE = "none"
HOST_PATH = "hostPath"
_RUN_AS_ANY = "RunAsAny"
VOLUME_TYPES = frozenset(
    {
        *("awsElasticBlockStore", "azureDisk", "azureFile", "cephFS", "cinder", "configMap", "csi"),
        *("downwardAPI", "emptyDir", "ephemeral", "fc", "flexVolume", "flocker", "gcePersistentDisk"),
        *("gitRepo", "glusterfs", HOST_PATH, "image", "iscsi", "nfs", "persistentVolumeClaim"),
        *("photonPersistentDisk", "portworxVolume", "projected", "quobyte", "rbd", "scaleIO", "secret"),
        *("storageOS", "vsphere"),
    }
)
"""Every type of volume that constraints can name."""


def with_defaults(constraint: SecurityContextConstraints) -> SecurityContextConstraints:
    """The constraints as the server stores them."""
    escalation = constraint.allow_privilege_escalation
    return replace(
        constraint,
        volumes=_volumes(constraint),
        fs_group=_group(constraint.fs_group),
        supplemental_groups=_group(constraint.supplemental_groups),
        allow_privilege_escalation=True if escalation is None else escalation,
    )


def _group(strategy: GroupStrategy) -> GroupStrategy:
    return strategy if strategy.type else replace(strategy, type=_RUN_AS_ANY)


def _volumes(constraint: SecurityContextConstraints) -> tuple[str, ...]:
    """The volumes, made to agree with the older field `allowHostDirVolumePlugin`."""
    host = constraint.allow_host_dir_volume_plugin
    volumes = (ALL,) if constraint.volumes is None else constraint.volumes
    names = set(volumes or (HOST_PATH if host else NONE,))
    if host:
        return tuple(sorted(names if ALL in names else names | {HOST_PATH}))
    if ALL in names:
        names |= VOLUME_TYPES
    return tuple(sorted(names - {ALL, HOST_PATH})) or (NONE,)  # an empty list counts as absent

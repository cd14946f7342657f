"""Only volumes of allowed types may be used.

**Restricted Fields:** spec.volumes[*]: hostPath, gcePersistentDisk, awsElasticBlockStore, gitRepo, nfs,
iscsi, glusterfs, rbd, flexVolume, cinder, cephfs, flocker, fc, azureFile, vsphereVolume, quobyte,
azureDisk, photonPersistentDisk, portworxVolume, scaleIO, storageos

**Allowed Values:** every volume is one of configMap, csi, downwardAPI, emptyDir, ephemeral,
persistentVolumeClaim, projected, secret, and on servers since 1.33 image

Source: k8s.io/pod-security-admission policy/check_restrictedVolumes.go, 0.37; servers up to 1.32: 0.24 to
0.32. A server up to 1.30 has no image volumes: it ignores the field (rbacpsp.pss.reading).
"""

from functools import partial
from operator import attrgetter

from rbacpsp.model.pod import Volume
from rbacpsp.model.version import Version
from rbacpsp.pss.checks import host_path_volumes
from rbacpsp.pss.checks.check import CheckedPod, CheckRule, Forbidden, PodSecurityCheck, Restriction
from rbacpsp.pss.checks.words import join_quote, pluralize
from rbacpsp.pss.levels import OLDEST_SERVER, RESTRICTED

_ALLOWED = {
    "configMap": "config_map",
    "csi": "csi",
    "downwardAPI": "downward_api",
    "emptyDir": "empty_dir",
    "ephemeral": "ephemeral",
    "persistentVolumeClaim": "persistent_volume_claim",
    "projected": "projected",
    "secret": "secret",
}
_RESTRICTED = {
    "hostPath": "host_path",
    "gcePersistentDisk": "gce_persistent_disk",
    "awsElasticBlockStore": "aws_elastic_block_store",
    "gitRepo": "git_repo",
    "nfs": "nfs",
    "iscsi": "iscsi",
    "glusterfs": "glusterfs",
    "rbd": "rbd",
    "flexVolume": "flex_volume",
    "cinder": "cinder",
    "cephfs": "cephfs",
    "flocker": "flocker",
    "fc": "fc",
    "azureFile": "azure_file",
    "vsphereVolume": "vsphere_volume",
    "quobyte": "quobyte",
    "azureDisk": "azure_disk",
    "photonPersistentDisk": "photon_persistent_disk",
    "portworxVolume": "portworx_volume",
    "scaleIO": "scale_io",
    "storageos": "storageos",
}
"""Restricted types and their fields in the struct, the one to report for a volume with two of them first."""

_allowed_sources = attrgetter(*_ALLOWED.values())
_NOTHING = (None,) * len(_ALLOWED)


def _restricted_type(volume: Volume) -> str:
    for name, attribute in _RESTRICTED.items():
        if getattr(volume, attribute) is not None:
            return name
    return "unknown"


def restricted_volumes(pod: CheckedPod, *, images: bool) -> Forbidden | None:
    """Every volume is of an allowed type; `images` says whether image volumes are among them."""
    bad = [
        (i, volume.name, _restricted_type(volume))
        for i, volume in enumerate(pod.spec.volumes)
        if _allowed_sources(volume) == _NOTHING and not (images and volume.image is not None)
    ]
    if not bad:
        return None
    types = sorted({kind for _, _, kind in bad})
    uses = "uses" if len(bad) == 1 else "use"
    names = join_quote(name for _, name, _ in bad)
    noun = pluralize("restricted volume type", types)
    return Forbidden(
        "restricted volume types",
        f"{pluralize('volume', bad)} {names} {uses} {noun} {join_quote(types)}",
        tuple(f"spec.volumes[{i}]" + ("" if kind == "unknown" else f".{kind}") for i, _, kind in bad),
    )


def _rule(server: Version, *, images: bool, known: bool) -> CheckRule:
    fields = (*_RESTRICTED, *(("image",) if known and not images else ()))
    allowed = (*_ALLOWED, *(("image",) if images else ()))
    return CheckRule(
        since=Version(1, 0),
        server=server,
        check_pod=partial(restricted_volumes, images=images),
        restrictions=(
            Restriction(
                tuple(f"spec.volumes[*].{name}" for name in fields),
                (f"undefined: every volume is one of {', '.join(allowed)}",),
            ),
        ),
        overrides=(host_path_volumes.CHECK.id,),
    )


CHECK = PodSecurityCheck(
    id="restrictedVolumes",
    level=RESTRICTED,
    demand="Only volumes of allowed types may be used.",
    rules=(
        _rule(OLDEST_SERVER, images=False, known=False),
        _rule(Version(1, 31), images=False, known=True),
        _rule(Version(1, 33), images=True, known=True),
    ),
)

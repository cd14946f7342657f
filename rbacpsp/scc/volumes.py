"""Checks which volumes constraints allow.

Source: apiserver-library-go pkg/securitycontextconstraints/sccmatching/provider.go and util/util.go,
release-4.21.
"""

from operator import attrgetter

from rbacpsp.apply.constraint_defaults import ALL
from rbacpsp.model.field_error import FieldError, invalid
from rbacpsp.model.pod import ConfigMapProjection, KeyToPath, Pod, Volume, VolumeProjection
from rbacpsp.scc.rules import SCCRules

_TYPES = (
    ("host_path", "hostPath"),
    ("empty_dir", "emptyDir"),
    ("gce_persistent_disk", "gcePersistentDisk"),
    ("aws_elastic_block_store", "awsElasticBlockStore"),
    ("git_repo", "gitRepo"),
    ("secret", "secret"),
    ("nfs", "nfs"),
    ("iscsi", "iscsi"),
    ("glusterfs", "glusterfs"),
    ("persistent_volume_claim", "persistentVolumeClaim"),
    ("rbd", "rbd"),
    ("flex_volume", "flexVolume"),
    ("cinder", "cinder"),
    ("cephfs", "cephFS"),
    ("flocker", "flocker"),
    ("downward_api", "downwardAPI"),
    ("fc", "fc"),
    ("azure_file", "azureFile"),
    ("config_map", "configMap"),
    ("vsphere_volume", "vsphere"),
    ("quobyte", "quobyte"),
    ("azure_disk", "azureDisk"),
    ("photon_persistent_disk", "photonPersistentDisk"),
    ("projected", "projected"),
    ("portworx_volume", "portworxVolume"),
    ("scale_io", "scaleIO"),
    ("storageos", "storageOS"),
    ("csi", "csi"),
    ("ephemeral", "ephemeral"),
    ("image", "image"),
)
"""The source of a volume (our field, the name in constraints)."""

_SOURCES = attrgetter(*(attribute for attribute, _ in _TYPES))
_CERTIFICATES = tuple(
    ConfigMapProjection(name, (KeyToPath(key, key),))
    for name, key in (("kube-root-ca.crt", "ca.crt"), ("openshift-service-ca.crt", "service-ca.crt"))
)
"""The ConfigMaps in the volume of a service account's token."""


def validate(rules: SCCRules, pod: Pod, path: str) -> list[FieldError]:
    """The errors of a pod's volumes; `path` is its security context, where the server puts some of them."""
    allowed = rules.constraint.volumes or ()
    errors = []
    if ALL not in allowed:
        for index, volume in enumerate(pod.spec.volumes):
            kind = volume_type(volume)
            if kind not in allowed and not ("secret" in allowed and _is_token_volume(volume)):
                words = f"{kind} volumes are not allowed to be used"
                errors.append(invalid(f"spec.volumes[{index}]", kind, words))
    drivers = {flex_volume.driver for flex_volume in rules.constraint.allowed_flex_volumes}
    if drivers and (ALL in allowed or "flexVolume" in allowed):
        for index, volume in enumerate(pod.spec.volumes):
            flex = volume.flex_volume
            if flex is not None and flex.driver not in drivers:
                words = "Flexvolume driver is not allowed to be used"
                errors.append(invalid(f"{path}.volumes[{index}].driver", flex.driver, words))
    return errors


def volume_type(volume: Volume) -> str:
    """The type of a volume in constraints; empty if constraints have no name for it."""
    for (_, kind), source in zip(_TYPES, _SOURCES(volume), strict=True):
        if source is not None:
            return kind
    return ""


def _is_token_volume(volume: Volume) -> bool:
    return volume.projected is not None and all(map(_is_token_source, volume.projected.sources))


def _is_token_source(source: VolumeProjection) -> bool:
    """Whether a projected source is one of a service account's token volume."""
    token, config_map, downward = source.service_account_token, source.config_map, source.downward_api
    if token is None and config_map is None and downward is None:
        return False
    if token is not None and (token.path != "token" or token.audience):
        return False
    if config_map is not None and config_map not in _CERTIFICATES:
        return False
    return downward is None or all(
        item.path == "namespace"
        and item.field_ref is not None
        and (item.field_ref.api_version, item.field_ref.field_path) == ("v1", "metadata.namespace")
        for item in downward.items
    )

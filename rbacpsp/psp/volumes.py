"""Which volumes a pod may have: their types, host paths and drivers.

Source: pkg/security/podsecuritypolicy/provider.go (validatePodVolumes) and util/util.go, 1.24.
"""

from collections.abc import Iterator
from operator import attrgetter

from msgspec import Struct

from rbacpsp.model.pod import Container, Pod, Volume, VolumeProjection
from rbacpsp.model.psp import AllowedHostPath, PodSecurityPolicySpec
from rbacpsp.psp.errors import FieldError, invalid
from rbacpsp.psp.versions import Behavior

_ALL = "*"

FS_TYPES: tuple[tuple[str, str], ...] = (
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
    ("vsphere_volume", "vsphereVolume"),
    ("quobyte", "quobyte"),
    ("azure_disk", "azureDisk"),
    ("photon_persistent_disk", "photonPersistentDisk"),
    ("storageos", "storageos"),
    ("projected", "projected"),
    ("portworx_volume", "portworxVolume"),
    ("scale_io", "scaleIO"),
    ("csi", "csi"),
    ("ephemeral", "ephemeral"),
)
"""The types of volumes (field of the struct, name in a policy), in the server's order."""

_SOURCES = attrgetter(*(attribute for attribute, _ in FS_TYPES))


class Volumes(Struct, frozen=True):
    """A policy's rules about volumes."""

    types: frozenset[str]
    secret_admits_token_volumes: bool
    host_paths: tuple[AllowedHostPath, ...] = ()
    flex_drivers: frozenset[str] = frozenset()
    csi_drivers: frozenset[str] = frozenset()

    def validate(self, pod: Pod, containers: tuple[tuple[str, Container], ...]) -> list[FieldError]:
        """The errors of a pod's volumes; `containers` are its containers with their paths."""
        errors: list[FieldError] = []
        for index, volume in enumerate(pod.spec.volumes):
            kind = fs_type(volume)
            path = f"spec.volumes[{index}]"
            if not self._allows_type(kind, volume):
                errors.append(invalid(path, kind, f"{kind} volumes are not allowed to be used"))
            elif volume.host_path is not None:
                errors.extend(self._host_path(path, volume.name, volume.host_path.path, containers))
            elif kind == "flexVolume" and volume.flex_volume is not None:
                driver = volume.flex_volume.driver
                if self.flex_drivers and driver not in self.flex_drivers:
                    errors.append(
                        invalid(f"{path}.driver", driver, "Flexvolume driver is not allowed to be used")
                    )
            elif kind == "csi" and volume.csi is not None:
                driver = volume.csi.driver
                if self.csi_drivers and driver not in self.csi_drivers:
                    errors.append(
                        invalid(f"{path}.csi.driver", driver, "Inline CSI driver is not allowed to be used")
                    )
        return errors

    def _allows_type(self, kind: str, volume: Volume) -> bool:
        if kind in self.types or _ALL in self.types:
            return True
        return (
            kind == "projected"
            and self.secret_admits_token_volumes
            and "secret" in self.types
            and volume.projected is not None
            and all(map(_is_token_source, volume.projected.sources))
        )

    def _host_path(
        self, path: str, name: str, host_path: str, containers: tuple[tuple[str, Container], ...]
    ) -> Iterator[FieldError]:
        allowing = [allowed for allowed in self.host_paths if has_path_prefix(host_path, allowed.path_prefix)]
        if not self.host_paths:
            return
        if not allowing:
            yield invalid(f"{path}.hostPath.pathPrefix", host_path, "is not allowed to be used")
        elif all(allowed.read_only for allowed in allowing):
            for container_path, container in containers:
                for index, mount in enumerate(container.volume_mounts):
                    if mount.name == name and not mount.read_only:
                        field_path = f"{container_path}.volumeMounts[{index}].readOnly"
                        yield invalid(field_path, value=False, detail="must be read-only")


def volumes(spec: PodSecurityPolicySpec, behavior: Behavior) -> Volumes:
    """A policy's rules about volumes."""
    return Volumes(
        frozenset(spec.volumes),
        behavior.secret_admits_token_volumes,
        spec.allowed_host_paths,
        frozenset(driver.driver for driver in spec.allowed_flex_volumes),
        frozenset(driver.name for driver in spec.allowed_csi_drivers if behavior.csi_drivers),
    )


def fs_type(volume: Volume) -> str:
    """The kind of a volume as policies name it; empty for one that no policy can allow by name."""
    for (_, kind), source in zip(FS_TYPES, _SOURCES(volume), strict=True):
        if source is not None:
            return kind
    return ""


def has_path_prefix(path: str, prefix: str) -> bool:
    """Whether a path is the prefix or lies beneath it; one trailing slash of either is ignored."""
    path, prefix = path.removesuffix("/"), prefix.removesuffix("/")
    return path.startswith(prefix) and (len(path) == len(prefix) or path[len(prefix)] == "/")


def _is_token_source(source: VolumeProjection) -> bool:
    """Whether a projected source is one of those in a service account's token volume."""
    token, config_map, downward = source.service_account_token, source.config_map, source.downward_api
    if token is None and config_map is None and downward is None:
        return False
    if token is not None and (token.path != "token" or token.audience):
        return False
    if config_map is not None and config_map.name != "kube-root-ca.crt":
        return False
    return downward is None or all(
        item.path == "namespace"
        and item.field_ref is not None
        and (item.field_ref.api_version, item.field_ref.field_path) == ("v1", "metadata.namespace")
        for item in downward.items
    )

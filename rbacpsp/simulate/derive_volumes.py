"""The volumes of the strictest policy for some pods: their kinds, the host's paths, and the drivers."""

from collections.abc import Iterable

from rbacpsp.model import Version
from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod import Pod, Volume
from rbacpsp.psp.versions import behavior
from rbacpsp.psp.volumes import Volumes, fs_type, has_path_prefix


def derive_volumes(pods: tuple[Pod, ...], version: Version) -> JSONObject:
    """The fields of a policy's spec that restrict volumes, without empty ones."""
    volumes = [volume for pod in pods for volume in pod.spec.volumes]
    kinds = {fs_type(volume) for volume in volumes}
    if "secret" in kinds and "projected" in kinds:
        tokens = Volumes(
            frozenset({"secret"}),
            secret_admits_token_volumes=behavior(version).secret_admits_token_volumes,
        )
        pods_with_projected = [
            pod for pod in pods if any(fs_type(volume) == "projected" for volume in pod.spec.volumes)
        ]
        if not any(_refuses_projected(tokens, pod) for pod in pods_with_projected):
            kinds.remove("projected")  # a policy that allows secrets admits the token's volume with them
    fields: JSONObject = {"volumes": sorted(kinds)} if kinds else {}
    if paths := _host_paths(pods):
        fields["allowedHostPaths"] = paths
    flex = {volume.flex_volume.driver for volume in volumes if volume.flex_volume is not None}
    csi = {volume.csi.driver for volume in volumes if volume.csi is not None}
    if flex:
        fields["allowedFlexVolumes"] = [{"driver": driver} for driver in sorted(flex)]
    if csi:
        fields["allowedCSIDrivers"] = [{"name": driver} for driver in sorted(csi)]
    return fields


def _refuses_projected(volumes: Volumes, pod: Pod) -> bool:
    errors = {error.field for error in volumes.validate(pod, ())}
    return any(
        f"spec.volumes[{index}]" in errors and fs_type(volume) == "projected"
        for index, volume in enumerate(pod.spec.volumes)
    )


def _host_paths(pods: Iterable[Pod]) -> list[JSONObject]:
    """The mounted paths of the host; read-only if every mount of every pod is read-only."""
    writable: dict[str, bool] = {}
    for pod in pods:
        for volume in pod.spec.volumes:
            if volume.host_path is not None:
                path = volume.host_path.path
                writable[path] = writable.get(path, False) or _is_written(pod, volume)
    host_paths: list[JSONObject] = []
    for path in sorted(writable):
        covered = any(
            has_path_prefix(path, host_path["pathPrefix"])
            and (not host_path.get("readOnly") or not writable[path])
            for host_path in host_paths
        )
        if not covered:
            host_paths.append({"pathPrefix": path} | ({} if writable[path] else {"readOnly": True}))
    return host_paths


def _is_written(pod: Pod, volume: Volume) -> bool:
    containers = (*pod.spec.init_containers, *pod.spec.containers, *pod.spec.ephemeral_containers)
    return any(
        mount.name == volume.name and not mount.read_only
        for container in containers
        for mount in container.volume_mounts
    )

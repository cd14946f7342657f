"""The volumes of the tightest policy for some pods: their kinds, the host's paths, and the drivers."""

from collections.abc import Iterable

from rbacpsp.model import Version
from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod import Pod, Volume
from rbacpsp.psp.versions import behavior
from rbacpsp.psp.volumes import Volumes, fs_type, has_path_prefix


def derive_volumes(pods: tuple[Pod, ...], version: Version) -> JSONObject:
    """The fields of a policy's spec that are about volumes, those that are not empty."""
    volumes = [volume for pod in pods for volume in pod.spec.volumes]
    kinds = {fs_type(volume) for volume in volumes}
    if "secret" in kinds and "projected" in kinds:
        tokens = Volumes(
            frozenset({"secret"}),
            secret_admits_token_volumes=behavior(version).secret_admits_token_volumes,
        )
        alone = [pod for pod in pods if any(fs_type(volume) == "projected" for volume in pod.spec.volumes)]
        if not any(_refuses_projected(tokens, pod) for pod in alone):
            kinds.remove("projected")  # a policy that allows secrets admits the token's volume with them
    found: JSONObject = {"volumes": sorted(kinds)} if kinds else {}
    if paths := _host_paths(pods):
        found["allowedHostPaths"] = paths
    flex = {volume.flex_volume.driver for volume in volumes if volume.flex_volume is not None}
    csi = {volume.csi.driver for volume in volumes if volume.csi is not None}
    if flex:
        found["allowedFlexVolumes"] = [{"driver": driver} for driver in sorted(flex)]
    if csi:
        found["allowedCSIDrivers"] = [{"name": driver} for driver in sorted(csi)]
    return found


def _refuses_projected(volumes: Volumes, pod: Pod) -> bool:
    errors = {error.field for error in volumes.validate(pod, ())}
    return any(
        f"spec.volumes[{index}]" in errors and fs_type(volume) == "projected"
        for index, volume in enumerate(pod.spec.volumes)
    )


def _host_paths(pods: Iterable[Pod]) -> list[JSONObject]:
    """The host's paths that are mounted; read-only where every mount of every pod is."""
    writable: dict[str, bool] = {}
    for pod in pods:
        for volume in pod.spec.volumes:
            if volume.host_path is not None:
                path = volume.host_path.path
                writable[path] = writable.get(path, False) or _is_written(pod, volume)
    found: list[JSONObject] = []
    for path in sorted(writable):
        covered = any(
            has_path_prefix(path, there["pathPrefix"]) and (not there.get("readOnly") or not writable[path])
            for there in found
        )
        if not covered:
            found.append({"pathPrefix": path} | ({} if writable[path] else {"readOnly": True}))
    return found


def _is_written(pod: Pod, volume: Volume) -> bool:
    every = (*pod.spec.init_containers, *pod.spec.containers, *pod.spec.ephemeral_containers)
    return any(
        mount.name == volume.name and not mount.read_only
        for container in every
        for mount in container.volume_mounts
    )

"""Folders of nodes that pods mount, by a hostPath or through a claim, and the risk of each."""

from collections.abc import Iterator
from posixpath import isabs, join, normpath
from typing import NamedTuple

from rbacpsp.audit.pod_specs import JSON, LoadedPod, containers, part, parts
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest

_KEYS = ("/etc/kubernetes",)
"""The folders that contain the keys of the cluster on a node that runs the control plane."""
_TAKEOVER_IF_READ = (
    *("/etc/kubernetes", "/var/lib/kubelet", "/root", "/proc"),
    *("/run/docker.sock", "/run/containerd", "/run/crio", "/run/cri-dockerd.sock", "/run/k3s/containerd"),
)
"""Reading these gives control of the node: its keys, its processes, or its container runtime's socket."""
_TAKEOVER_IF_WRITTEN = (
    *("/bin", "/boot", "/etc", "/home", "/lib", "/lib32", "/lib64", "/opt", "/run", "/sbin"),
    *("/srv/kubernetes", "/sys", "/usr", "/var/lib", "/var/log", "/var/run", "/var/spool"),
)
"""Writing these changes code or configuration that the node uses, or symbolic links that it follows."""


class HostPath(NamedTuple):
    """A folder of the node in a pod."""

    path: str
    """The folder of the volume."""
    read_only: bool
    """Whether every container that mounts it mounts it read-only."""
    mounted: bool = True
    """Whether a container mounts it; otherwise nobody in the pod has access to it."""
    through: str = ""
    """The claim and the volume, in words; empty if the pod itself names the folder."""
    sub_path: str = ""
    """The part of the volume that is mounted; empty for the whole volume."""

    @property
    def folder(self) -> str:
        """The folder of the node that is mounted."""
        return join(self.path, self.sub_path)

    @property
    def words(self) -> str:
        """The folder, and how the pod mounts it."""
        suffix = f" with subPath {self.sub_path}" if self.sub_path else ""
        suffix += " read-only" if self.read_only else ""
        return f"hostPath {self.path}{suffix}{f' through {self.through}' if self.through else ''}"

    @property
    def takes_node(self) -> bool:
        """Whether the folder gives control of the node to anyone in the pod."""
        folders = _TAKEOVER_IF_READ if self.read_only else (*_TAKEOVER_IF_READ, *_TAKEOVER_IF_WRITTEN)
        return self.mounted and _reaches(self.folder, folders)

    @property
    def holds_keys(self) -> bool:
        """Whether the folder contains the keys of the cluster if the node runs the control plane."""
        return self.mounted and _reaches(self.folder, _KEYS)

    @property
    def is_of_keys(self) -> bool:
        """Whether the folder only exists on nodes that run the control plane."""
        return self.mounted and _is_within(self.folder, _KEYS)


def host_paths(view: View, pod: LoadedPod) -> tuple[HostPath, ...]:
    """The folders of nodes among the volumes of a pod, including those that no container mounts."""
    return tuple(_host_paths(view, pod))


def _host_paths(view: View, pod: LoadedPod) -> Iterator[HostPath]:
    volumes = tuple(parts(pod.spec, "volumes"))
    templates = _claim_templates(pod)
    if not volumes and not templates:
        return
    mounts: dict[str, _Mounts] = {}
    for container in containers(pod.spec):
        for mount in parts(container, "volumeMounts"):
            by_part = mounts.setdefault(str(mount.get("name")), {})
            sub_path, read_only = _sub_path(mount), mount.get("readOnly") is True
            by_part[sub_path] = by_part.get(sub_path, True) and read_only
    by_claim = view.memo(_volumes_by_claim)
    for volume in volumes:
        name = str(volume.get("name"))
        if isinstance(volume.get("hostPath"), dict):
            yield from _mounted(str(volume["hostPath"].get("path", "")), mounts.get(name, {}))
        claim = part(volume, "persistentVolumeClaim")
        claimed = str(claim.get("claimName")) if claim else f"{pod.manifest.name}-{name}"
        if claim or (isinstance(volume.get("ephemeral"), dict) and pod.manifest.kind == "Pod"):
            by_part = {
                sub_path: read_only or claim.get("readOnly") is True
                for sub_path, read_only in mounts.get(name, {}).items()
            }
            for persistent_volume in by_claim.get((pod.namespace, claimed), ()):
                yield from _mounted_by_claim(persistent_volume, claimed, by_part)
    for name in templates:
        prefix = f"{name}-{pod.manifest.name}-"
        for (namespace, claimed), persistent_volumes in by_claim.items():
            if namespace == pod.namespace and claimed.startswith(prefix) and claimed[len(prefix) :].isdigit():
                for persistent_volume in persistent_volumes:
                    yield from _mounted_by_claim(persistent_volume, claimed, mounts.get(name, {}))


def _claim_templates(pod: LoadedPod) -> tuple[str, ...]:
    """The names of a StatefulSet's claim templates; its claims are named TEMPLATE-STATEFULSET-NUMBER."""
    if pod.manifest.kind != "StatefulSet":
        return ()
    templates = parts(part(pod.manifest.body, "spec"), "volumeClaimTemplates")
    return tuple(str(part(template, "metadata").get("name")) for template in templates)


_Mounts = dict[str, bool]
"""The parts of a volume that containers mount, and whether all of them mount the part read-only."""


def _sub_path(mount: JSON) -> str:
    """The part of a volume that is mounted, cleaned; empty for the whole volume, and where it is unknown.

    The API server and the kubelet accept only relative paths without `..` (makeMounts in
    pkg/kubelet/kubelet_pods.go, 1.24 and 1.37). The environment of the container completes a subPathExpr.
    """
    sub_path = mount.get("subPath")
    if not isinstance(sub_path, str) or mount.get("subPathExpr"):
        return ""
    if isabs(sub_path) or ".." in sub_path.split("/"):
        return ""
    clean = normpath(sub_path)
    return "" if clean == "." else clean


def _mounted(path: str, mounts: _Mounts, through: str = "") -> Iterator[HostPath]:
    """The mounted parts of a folder, or the folder itself if no container mounts it."""
    for sub_path, read_only in mounts.items():
        yield HostPath(path, read_only, through=through, sub_path=sub_path)
    if not mounts:
        yield HostPath(path, read_only=False, mounted=False, through=through)


def _mounted_by_claim(volume: Manifest, claim: str, mounts: _Mounts) -> Iterator[HostPath]:
    spec = part(volume.body, "spec")
    source = part(spec, "hostPath") or part(spec, "local")
    through = f"claim {claim} and PersistentVolume {volume.name}"
    return _mounted(str(source.get("path", "")), mounts, through)


def _volumes_by_claim(view: View) -> dict[tuple[str, str], list[Manifest]]:
    """The persistent volumes that are folders of nodes, by the claim that is bound to them."""
    around = view.objects.surroundings
    volumes: dict[tuple[str, str], list[Manifest]] = {}
    for manifest in around.values():
        if manifest.kind == "PersistentVolume":
            claim = part(part(manifest.body, "spec"), "claimRef")
            if claim:
                key = (str(claim.get("namespace")), str(claim.get("name")))
                volumes.setdefault(key, []).append(manifest)
    for manifest in around.values():
        if manifest.kind == "PersistentVolumeClaim":
            name = part(manifest.body, "spec").get("volumeName")
            volume = around.get(("PersistentVolume", "", str(name)))
            claim = part(part(volume.body, "spec"), "claimRef") if volume else {}
            if volume is not None and not claim:
                volumes.setdefault((manifest.namespace, manifest.name), []).append(volume)
    return volumes


def _reaches(path: str, folders: tuple[str, ...]) -> bool:
    """Whether a folder is one of some folders, is inside one, or contains one."""
    plain = _normalized(path)
    return _is_within(path, folders) or any(known.startswith(f"{plain}/") for known in folders)


def _is_within(path: str, folders: tuple[str, ...]) -> bool:
    plain = _normalized(path)
    return any(plain == known or plain.startswith(f"{known}/") for known in folders)


def _normalized(path: str) -> str:
    """A folder in its normal form; empty for the root. /var/run is a symbolic link to /run."""
    plain = normpath(f"/{path}").replace("//", "/").rstrip("/")
    return plain.removeprefix("/var") if plain.startswith("/var/run") else plain

"""Folders of nodes that pods mount, by a hostPath or through a claim, and the risk of each."""

from collections.abc import Iterator
from posixpath import isabs, join, normpath
from typing import NamedTuple

from rbacpsp.audit.claims import is_loaded, volumes_by_claim, volumes_for, volumes_of_claim
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
_STORAGE = ("/opt/local-path-provisioner", "/var/lib/rancher/k3s/storage")
"""The folders in which local-path-provisioner, alone and in k3s, makes those of volumes by default, which
hold the data of claims only."""


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
        if _is_within(self.folder, _STORAGE):
            return False
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


def volume_takes_node(volume: Manifest) -> bool:
    """Whether whoever mounts a whole persistent volume controls the node, through a folder that it is.

    Pods mount no hostPath volume with mountOptions (checkMountOptionSupport in
    pkg/volume/util/operationexecutor/operation_generator.go, 1.24); those of a local volume can make it
    read-only. Its access modes do not.
    """
    spec = part(volume.body, "spec")
    options = spec.get("mountOptions") or []
    folder = part(spec, "local") if options else part(spec, "hostPath") or part(spec, "local")
    path = str(folder.get("path") or "")
    return bool(path) and HostPath(path, read_only="ro" in options).takes_node


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
    for volume in volumes:
        name = str(volume.get("name"))
        if isinstance(volume.get("hostPath"), dict):
            yield from _mounted(str(volume["hostPath"].get("path", "")), mounts.get(name, {}))
        claim = part(volume, "persistentVolumeClaim")
        by_part = {
            sub_path: read_only or claim.get("readOnly") is True
            for sub_path, read_only in mounts.get(name, {}).items()
        }
        for words, persistent_volume in _claimed(view, pod, name, volume):
            yield from _mounted_by_claim(persistent_volume, words, by_part)
    for template in templates:
        name = str(part(template, "metadata").get("name"))
        for words, persistent_volume in _claimed_by_template(view, pod, name, template):
            yield from _mounted_by_claim(persistent_volume, words, mounts.get(name, {}))


def _claim_templates(pod: LoadedPod) -> tuple[JSON, ...]:
    """The claim templates of a StatefulSet."""
    if pod.manifest.kind != "StatefulSet":
        return ()
    return tuple(parts(part(pod.manifest.body, "spec"), "volumeClaimTemplates"))


def _claimed(view: View, pod: LoadedPod, name: str, volume: JSON) -> Iterator[tuple[str, Manifest]]:
    """The persistent volumes behind a volume of a pod, each with its claim in words.

    The claim of an ephemeral volume is named POD-VOLUME, so that it is known for pods only.
    """
    claim = part(volume, "persistentVolumeClaim")
    ephemeral = volume.get("ephemeral")
    if claim:
        claimed = str(claim.get("claimName"))
    elif isinstance(ephemeral, dict):
        claimed = f"{pod.manifest.name}-{name}"
        if pod.manifest.kind != "Pod" or not is_loaded(view, pod.namespace, claimed):
            template = part(ephemeral, "volumeClaimTemplate")
            yield from ((f"ephemeral volume {name}", found) for found in volumes_for(view, template))
            return
    else:
        return
    yield from ((f"claim {claimed}", found) for found in volumes_of_claim(view, pod.namespace, claimed))


def _claimed_by_template(
    view: View, pod: LoadedPod, name: str, template: JSON
) -> Iterator[tuple[str, Manifest]]:
    """The persistent volumes of the claims that a StatefulSet makes, named TEMPLATE-STATEFULSET-NUMBER.

    If no such claim was loaded, the volume that one can get.
    """
    prefix = f"{name}-{pod.manifest.name}-"
    claims = [
        claimed
        for claimed in view.lasting(_claims_by_namespace).get(pod.namespace, ())
        if claimed.startswith(prefix) and claimed[len(prefix) :].isdigit()
    ]
    for claimed in claims:
        yield from ((f"claim {claimed}", found) for found in volumes_of_claim(view, pod.namespace, claimed))
    if not claims:
        yield from ((f"claim template {name}", found) for found in volumes_for(view, template))


def _claims_by_namespace(view: View) -> dict[str, list[str]]:
    """The names of the claims that are loaded, or that a loaded volume is bound to."""
    names: dict[str, dict[str, None]] = {}
    for namespace, name in view.lasting(volumes_by_claim):
        names.setdefault(namespace, {})[name] = None
    for manifest in view.objects.surroundings.values():
        if manifest.kind == "PersistentVolumeClaim":
            names.setdefault(manifest.namespace, {})[manifest.name] = None
    return {namespace: list(claims) for namespace, claims in names.items()}


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
    through = f"{claim} and PersistentVolume {volume.name}"
    return _mounted(str(source.get("path", "")), mounts, through)


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

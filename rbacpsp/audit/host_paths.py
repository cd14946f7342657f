"""Folders of nodes that pods mount, by a hostPath or through a claim, and what is in them."""

from collections.abc import Iterator
from posixpath import normpath
from typing import NamedTuple

from rbacpsp.audit.pod_specs import PodIn, containers, part, parts
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest

_KEYS = ("/etc/kubernetes",)
"""What holds the keys of the cluster on a node that runs the control plane."""
_AT_ALL = (
    *("/etc/kubernetes", "/var/lib/kubelet", "/root", "/proc"),
    *("/run/docker.sock", "/run/containerd", "/run/crio", "/run/cri-dockerd.sock", "/run/k3s/containerd"),
)
"""Whoever reads them has the node: its keys, its processes, or the socket of its container runtime."""
_WRITTEN = (
    *("/bin", "/boot", "/etc", "/home", "/lib", "/lib32", "/lib64", "/opt", "/run", "/sbin"),
    *("/srv/kubernetes", "/sys", "/usr", "/var/lib", "/var/log", "/var/run", "/var/spool"),
)
"""Whoever writes them changes code or configuration that the node runs, or the links that it follows."""


class HostPath(NamedTuple):
    """A folder of the node in a pod."""

    path: str
    read_only: bool
    """Every container that mounts it does so read-only."""
    mounted: bool = True
    """Whether a container mounts it: what is in no container gives nothing to whoever is in one."""
    through: str = ""
    """The claim and the volume, in words; empty where the pod names the folder itself."""

    @property
    def words(self) -> str:
        """The folder, and how the pod gets it."""
        how = " read-only" if self.read_only else ""
        return f"hostPath {self.path}{how}{f' through {self.through}' if self.through else ''}"

    @property
    def takes_node(self) -> bool:
        """Whether the folder gives up the node to whoever is in the pod."""
        folders = _AT_ALL if self.read_only else (*_AT_ALL, *_WRITTEN)
        return self.mounted and _reaches(self.path, folders)

    @property
    def holds_keys(self) -> bool:
        """Whether the folder holds the keys of the cluster, where the node runs the control plane."""
        return self.mounted and _reaches(self.path, _KEYS)

    @property
    def is_of_keys(self) -> bool:
        """Whether it is a folder of those keys itself, which tells that the node runs the control plane."""
        return self.mounted and _is_within(self.path, _KEYS)


def host_paths(view: View, pod: PodIn) -> tuple[HostPath, ...]:
    """The folders of nodes that the volumes of a pod are, whether or not a container mounts them."""
    return tuple(_host_paths(view, pod))


def _host_paths(view: View, pod: PodIn) -> Iterator[HostPath]:
    volumes = tuple(parts(pod.spec, "volumes"))
    templates = _claim_templates(pod)
    if not volumes and not templates:
        return
    mounts: dict[str, list[bool]] = {}
    for container in containers(pod.spec):
        for mount in parts(container, "volumeMounts"):
            mounts.setdefault(str(mount.get("name")), []).append(mount.get("readOnly") is True)
    by_claim = view.memo(_volumes_by_claim)
    for volume in volumes:
        name = str(volume.get("name"))
        if isinstance(volume.get("hostPath"), dict):
            yield _mounted(str(volume["hostPath"].get("path", "")), mounts.get(name, []))
        claim = part(volume, "persistentVolumeClaim")
        claimed = str(claim.get("claimName")) if claim else f"{pod.manifest.name}-{name}"
        if claim or (isinstance(volume.get("ephemeral"), dict) and pod.manifest.kind == "Pod"):
            how = [read_only or claim.get("readOnly") is True for read_only in mounts.get(name, [])]
            for found in by_claim.get((pod.namespace, claimed), ()):
                yield _claimed(found, claimed, how)
    for name in templates:
        prefix = f"{name}-{pod.manifest.name}-"
        for (namespace, claimed), there in by_claim.items():
            if namespace == pod.namespace and claimed.startswith(prefix) and claimed[len(prefix) :].isdigit():
                for found in there:
                    yield _claimed(found, claimed, mounts.get(name, []))


def _claim_templates(pod: PodIn) -> tuple[str, ...]:
    """The claims that a StatefulSet makes, named TEMPLATE-STATEFULSET-NUMBER: the names of the templates."""
    if pod.manifest.kind != "StatefulSet":
        return ()
    templates = parts(part(pod.manifest.body, "spec"), "volumeClaimTemplates")
    return tuple(str(part(each, "metadata").get("name")) for each in templates)


def _mounted(path: str, read_only: list[bool], through: str = "") -> HostPath:
    return HostPath(path, bool(read_only) and all(read_only), bool(read_only), through)


def _claimed(volume: Manifest, claim: str, read_only: list[bool]) -> HostPath:
    spec = part(volume.body, "spec")
    source = part(spec, "hostPath") or part(spec, "local")
    through = f"claim {claim} and PersistentVolume {volume.name}"
    return _mounted(str(source.get("path", "")), read_only, through)


def _volumes_by_claim(view: View) -> dict[tuple[str, str], list[Manifest]]:
    """The volumes that are folders of nodes, by the claim that is bound to each."""
    around = view.objects.surroundings
    found: dict[tuple[str, str], list[Manifest]] = {}
    for each in around.values():
        if each.kind == "PersistentVolume":
            claim = part(part(each.body, "spec"), "claimRef")
            if claim:
                key = (str(claim.get("namespace")), str(claim.get("name")))
                found.setdefault(key, []).append(each)
    for each in around.values():
        if each.kind == "PersistentVolumeClaim":
            name = part(each.body, "spec").get("volumeName")
            volume = around.get(("PersistentVolume", "", str(name)))
            claim = part(part(volume.body, "spec"), "claimRef") if volume else {}
            if volume is not None and not claim:
                found.setdefault((each.namespace, each.name), []).append(volume)
    return found


def _reaches(path: str, folders: tuple[str, ...]) -> bool:
    """Whether a folder is one of some folders, lies in one, or has one in it."""
    plain = _plain(path)
    return _is_within(path, folders) or any(known.startswith(f"{plain}/") for known in folders)


def _is_within(path: str, folders: tuple[str, ...]) -> bool:
    plain = _plain(path)
    return any(plain == known or plain.startswith(f"{known}/") for known in folders)


def _plain(path: str) -> str:
    """A folder without what does not change it; empty: the root. /var/run is a link to /run."""
    plain = normpath(f"/{path}").replace("//", "/").rstrip("/")
    return plain.removeprefix("/var") if plain.startswith("/var/run") else plain

"""Persistent volumes that are folders of nodes, and give control of a node to whoever mounts them.

Some are bound to a claim. Some are reserved: their claimRef names a claim that does not exist. All others are
free: a new claim gets one by its name if it asks for the same storage class and access modes.
Source: syncUnboundClaim of pkg/controller/volume/persistentvolume/pv_controller.go, 1.24.
"""

from collections.abc import Mapping
from typing import NamedTuple

from rbacpsp.audit.claims import volumes_of_claim
from rbacpsp.audit.host_paths import volume_takes_node
from rbacpsp.audit.pod_specs import part
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest

_WITHOUT_CLAIM = frozenset({"Released", "Failed"})
"""The phases of volumes that have lost their claim; no other claim gets them."""


class FolderVolume(NamedTuple):
    """A persistent volume that gives control of a node; those that any node can mount come first."""

    is_pinned: bool
    """Whether only some nodes can mount it."""
    claim: str
    """The claim that it is bound to or reserved for; empty for none."""
    name: str


class FolderVolumes(NamedTuple):
    """The volumes of a cluster that give control of a node, sorted."""

    claimed: Mapping[str, tuple[FolderVolume, ...]]
    """By namespace: those that are, or can be, bound to claims that exist."""
    reserved: Mapping[str, tuple[FolderVolume, ...]]
    """By namespace: those whose claimRef names a claim that does not exist."""
    free: tuple[FolderVolume, ...]


def folder_volumes(view: View) -> FolderVolumes:
    """The volumes of a cluster that give control of a node."""
    return view.lasting(_folder_volumes)


def _folder_volumes(view: View) -> FolderVolumes:
    around = view.objects.surroundings.values()
    dangerous = {
        manifest.name: manifest
        for manifest in around
        if manifest.kind == "PersistentVolume"
        and _phase(manifest) not in _WITHOUT_CLAIM
        and volume_takes_node(manifest)
    }
    claimed: dict[str, set[FolderVolume]] = {}
    reserved: dict[str, set[FolderVolume]] = {}
    free: set[FolderVolume] = set()
    claims = _claims(view) if dangerous else {}
    for (namespace, name), named in claims.items():
        for volume in volumes_of_claim(view, namespace, name):
            if volume.name in dangerous and named in {"", volume.name}:
                claimed.setdefault(namespace, set()).add(_folder(volume, name))
    wanted = {name for name in claims.values() if name}
    for volume in dangerous.values():
        ref = part(part(volume.body, "spec"), "claimRef")
        namespace, name = str(ref.get("namespace")), str(ref.get("name"))
        if not ref:
            if volume.name not in wanted:
                free.add(_folder(volume))
        elif (namespace, name) not in claims:
            is_bound = bool(ref.get("uid")) or _phase(volume) == "Bound"
            place = claimed if is_bound else reserved
            place.setdefault(namespace, set()).add(_folder(volume, name))
    return FolderVolumes(_sorted(claimed), _sorted(reserved), tuple(sorted(free)))


def _claims(view: View) -> dict[tuple[str, str], str]:
    """The loaded claims, each with the volume that it names."""
    return {
        (manifest.namespace, manifest.name): str(part(manifest.body, "spec").get("volumeName") or "")
        for manifest in view.objects.surroundings.values()
        if manifest.kind == "PersistentVolumeClaim"
    }


def _folder(volume: Manifest, claim: str = "") -> FolderVolume:
    """A volume in words; a local volume exists on one node, and a nodeAffinity names nodes."""
    spec = part(volume.body, "spec")
    return FolderVolume(bool(part(spec, "local") or part(spec, "nodeAffinity")), claim, volume.name)


def _phase(volume: Manifest) -> str:
    return str(part(volume.body, "status").get("phase") or "")


def _sorted(volumes: Mapping[str, set[FolderVolume]]) -> dict[str, tuple[FolderVolume, ...]]:
    return {namespace: tuple(sorted(volumes[namespace])) for namespace in sorted(volumes)}

"""Techniques that mount existing persistent volumes, which may be folders of nodes."""

from collections.abc import Iterator

from tests.paths.restated.admission import makers
from tests.paths.restated.making import NODE, chosen_node, makes
from tests.paths.restated.objects import JSON, Place, RawCluster, name_of, namespace_of
from tests.paths.restated.powers import Holder
from tests.paths.restated.templates import VOLUMES

TEMPLATE = "template"
"""The label of a volume that names its template."""


def mount_claimed_folder(holder: Holder) -> Iterator[Place]:
    """Makes a pod, as root, with a claim that exists."""
    cluster = holder.cluster
    for volume in _dangerous(cluster):
        for namespace in cluster.namespaces:
            if (
                any(_has_claim(cluster, volume, namespace, name) for name in _claim_names(cluster, volume))
            ) and makes(cluster, "root with claim", namespace, list(makers(holder, namespace))):
                yield from _node(cluster, volume)


def claim_unbound_folder(holder: Holder) -> Iterator[Place]:
    """Makes a pod, as root, with a new claim for a volume: its own, or unless a name matters, another one."""
    cluster = holder.cluster
    for volume in _dangerous(cluster):
        ref = volume["spec"].get("claimRef")
        if ref and (_is_bound(volume) or _claim(cluster, ref["namespace"], ref["name"])):
            continue
        if not ref and any(each["spec"].get("volumeName") == name_of(volume) for each in _claims(cluster)):
            continue
        for namespace in {ref["namespace"]} if ref else cluster.namespaces:
            if _makes_claim(holder, namespace, ref["name"] if ref else ""):
                yield from _node(cluster, volume)


def _makes_claim(holder: Holder, namespace: str, name: str) -> bool:
    cluster = holder.cluster
    askers = list(makers(holder, namespace))
    claims = "persistentvolumeclaims"
    if name:
        may_claim = holder.may("create", claims, "", namespace) or name in holder.applied(
            claims, "", namespace
        )
        return may_claim and makes(cluster, "root with claim", namespace, askers)
    controller = [cluster.once(Holder, ("ServiceAccount", "kube-system", "statefulset-controller"))]
    return (
        (holder.may_create(claims, "", namespace) and makes(cluster, "root with claim", namespace, askers))
        or (
            holder.may_create("statefulsets", "apps", namespace)
            and makes(cluster, "root with claim", namespace, controller)
        )
        or (cluster.version >= (1, 21) and makes(cluster, "root with ephemeral", namespace, askers))
    )


def _dangerous(cluster: RawCluster) -> list[JSON]:
    """The volumes that give a node to whoever mounts them, and that a claim has or can get."""
    return [
        volume
        for volume in cluster.of("PersistentVolume")
        if VOLUMES[volume["metadata"]["labels"][TEMPLATE]].takes_node
        and volume.get("status", {}).get("phase") != "Released"
    ]


def _claims(cluster: RawCluster) -> list[JSON]:
    return cluster.of("PersistentVolumeClaim")


def _claim(cluster: RawCluster, namespace: str, name: str) -> JSON | None:
    every = (each for each in _claims(cluster) if (namespace_of(each), name_of(each)) == (namespace, name))
    return next(every, None)


def _is_bound(volume: JSON) -> bool:
    return "uid" in volume["spec"]["claimRef"] or volume.get("status", {}).get("phase") == "Bound"


def _claim_names(cluster: RawCluster, volume: JSON) -> set[str]:
    ref = volume["spec"].get("claimRef")
    return {name_of(each) for each in _claims(cluster)} | ({ref["name"]} if ref else set())


def _has_claim(cluster: RawCluster, volume: JSON, namespace: str, name: str) -> bool:
    """Whether a claim exists that is, or can be, bound to a volume: it names the volume, or is named by it.

    Random claims have a class that no volume has, so that they get none otherwise.
    """
    claim, ref = _claim(cluster, namespace, name), volume["spec"].get("claimRef")
    if ref and (ref["namespace"], ref["name"]) != (namespace, name):
        return False
    if claim is None:
        return bool(ref) and _is_bound(volume)
    named = claim["spec"].get("volumeName")
    return named == name_of(volume) or (bool(ref) and not named)


def _node(cluster: RawCluster, volume: JSON) -> Iterator[Place]:
    if VOLUMES[volume["metadata"]["labels"][TEMPLATE]].on_some_nodes:
        yield NODE
    else:
        yield from chosen_node(cluster)

"""The persistent volumes that are folders of nodes, by the claims that are, or can be, bound to them.

Source of how an unbound claim gets its volume: FindMatchingVolume of component-helpers/storage/volume
(pv_helpers.go, helpers.go), 0.24.
"""

from decimal import Decimal

import msgspec

from rbacpsp.apply.selectors import check_selector, selects
from rbacpsp.audit.pod_specs import JSON, part
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest
from rbacpsp.model.rbac import LabelSelector
from rbacpsp.model.surroundings import STORAGE_CLASS
from rbacpsp.pods.quantity import quantity_value

_AVAILABLE = frozenset({"", "Available"})
_FILESYSTEM = "Filesystem"


def volumes_of_claim(view: View, namespace: str, name: str) -> tuple[Manifest, ...]:
    """The volumes that are bound to a claim, or can be if it is loaded and not bound."""
    bound = view.lasting(volumes_by_claim).get((namespace, name))
    if bound:
        return tuple(bound)
    claim = view.objects.surroundings.get(("PersistentVolumeClaim", namespace, name))
    return volumes_for(view, claim.body) if claim is not None else ()


def is_loaded(view: View, namespace: str, name: str) -> bool:
    """Whether a claim is loaded, or a volume that is bound to it."""
    key = ("PersistentVolumeClaim", namespace, name)
    return key in view.objects.surroundings or (namespace, name) in view.lasting(volumes_by_claim)


def volumes_for(view: View, claim: JSON) -> tuple[Manifest, ...]:
    """The volume that an unbound claim, or one made from a template, can get: the smallest that matches.

    Without a storageClassName it gets one without a class; a default class of the cluster, which is not
    loaded, would prevent that.
    """
    spec = part(claim, "spec")
    named = str(spec.get("volumeName") or "")
    request = _amount(part(part(spec, "resources"), "requests"))
    modes = set(_texts(spec.get("accessModes")))
    if request is None:
        return ()
    for size, volume in view.lasting(_available).get(_storage_class(claim), ()):
        body = part(volume.body, "spec")
        if (
            size >= request
            and named in {"", volume.name}
            and (spec.get("volumeMode") or _FILESYSTEM) == (body.get("volumeMode") or _FILESYSTEM)
            and modes <= set(_texts(body.get("accessModes")))
            and _is_selected(spec.get("selector"), volume)
        ):
            return (volume,)
    return ()


def volumes_by_claim(view: View) -> dict[tuple[str, str], list[Manifest]]:
    """The volumes that claims are bound to, by the namespace and the name of the claim."""
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


def _available(view: View) -> dict[str, list[tuple[Decimal, Manifest]]]:
    """The volumes of each storage class that no claim is bound to, with their sizes, the smallest first."""
    by_class: dict[str, list[tuple[Decimal, Manifest]]] = {}
    for manifest in view.objects.surroundings.values():
        spec, status = part(manifest.body, "spec"), part(manifest.body, "status")
        is_available = not part(spec, "claimRef") and str(status.get("phase") or "") in _AVAILABLE
        size = _amount(part(spec, "capacity"))
        if manifest.kind == "PersistentVolume" and is_available and size is not None:
            by_class.setdefault(_storage_class(manifest.body), []).append((size, manifest))
    for volumes in by_class.values():
        volumes.sort(key=lambda entry: (entry[0], entry[1].name))
    return by_class


def _amount(resources: JSON) -> Decimal | None:
    """How much storage is listed, in bytes: 0 if none is, None if the value is not a quantity."""
    try:
        return quantity_value(str(resources.get("storage") or 0))
    except ValueError:
        return None


def _storage_class(body: JSON) -> str:
    annotation = part(part(body, "metadata"), "annotations").get(STORAGE_CLASS)
    return str(part(body, "spec").get("storageClassName") or "") if annotation is None else str(annotation)


def _texts(values: object) -> list[str]:
    return [str(value) for value in values] if isinstance(values, list) else []


def _is_selected(selector: object, volume: Manifest) -> bool:
    if selector is None:
        return True
    try:
        meant = msgspec.convert(selector, LabelSelector)
        check_selector(meant)
    except ValueError:  # the class of msgspec's errors too
        return False
    return selects(meant, volume.metadata.labels)

"""Fills in the API server's defaults for each source of a volume.

Source: pkg/apis/core/v1/defaults.go and zz_generated.defaults.go, 1.24.
"""

from collections.abc import Callable, Mapping
from typing import Any

from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.pods.image import image_tag
from rbacpsp.pods.quantity import canonical_quantity

SOURCES = (
    "hostPath",
    "emptyDir",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "persistentVolumeClaim",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "downwardAPI",
    "fc",
    "azureFile",
    "configMap",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "storageos",
    "projected",
    "portworxVolume",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
)
"""Every volume source, by its field."""

_SINCE = (("csi", Version(1, 14)), ("ephemeral", Version(1, 19)), ("image", Version(1, 31)))
"""Sources that an older server does not know, and drops."""

_MODE = 0o644
_HOUR = 3600

_ABSENT: Mapping[str, dict[str, Any]] = FrozenDict(
    {
        "hostPath": {"type": ""},
        "secret": {"defaultMode": _MODE},
        "downwardAPI": {"defaultMode": _MODE},
        "configMap": {"defaultMode": _MODE},
        "projected": {"defaultMode": _MODE},
        "iscsi": {"lun": 0},
        "azureDisk": {"cachingMode": "ReadWrite", "kind": "Shared", "fsType": "ext4", "readOnly": False},
    }
)
"""Fields that are set when they are absent; an empty string or a zero is kept."""

_EMPTY: Mapping[str, dict[str, str]] = FrozenDict(
    {
        "iscsi": {"iscsiInterface": "default"},
        "rbd": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
        "scaleIO": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
    }
)
"""Fields that are set when they are absent or empty."""


def default_volume(volume: JSONObject, version: Version) -> None:
    """Fill in a volume's defaults, in place; without a source known to the version it becomes an emptyDir."""
    for name, since in _SINCE:
        if version < since:
            volume.pop(name, None)
    source_names = [name for name in SOURCES if name in volume]
    for name in source_names:
        _default_source(name, volume[name])
    if not source_names:
        volume["emptyDir"] = {}


def _default_source(name: str, source: JSONObject) -> None:
    for key, value in _ABSENT.get(name, {}).items():
        source.setdefault(key, value)
    for key, text in _EMPTY.get(name, {}).items():
        source[key] = source.get(key) or text
    if name in _DEEPER:
        _DEEPER[name](source)


def default_field_source(source: JSONObject) -> None:
    """Fill in, in place, the defaults of a variable's source or a file whose value is a field of the pod."""
    if "fieldRef" in source:
        source["fieldRef"]["apiVersion"] = source["fieldRef"].get("apiVersion") or "v1"
    if "resourceFieldRef" in source:
        reference = source["resourceFieldRef"]
        reference["divisor"] = canonical_quantity(str(reference.get("divisor", 0)), rounded=False)


def _empty_dir(source: JSONObject) -> None:
    if "sizeLimit" in source:
        source["sizeLimit"] = canonical_quantity(str(source["sizeLimit"]), rounded=False)


def _downward_api(source: JSONObject) -> None:
    for item in source.get("items", ()):
        default_field_source(item)


def _projected(source: JSONObject) -> None:
    for projection in source.get("sources", ()):
        if "downwardAPI" in projection:
            _downward_api(projection["downwardAPI"])
        if "serviceAccountToken" in projection:
            projection["serviceAccountToken"].setdefault("expirationSeconds", _HOUR)


def _ephemeral(source: JSONObject) -> None:
    if "volumeClaimTemplate" in source:
        claim = source["volumeClaimTemplate"].setdefault("spec", {})
        claim.setdefault("volumeMode", "Filesystem")
        for quantities in claim.setdefault("resources", {}).values():
            for name, quantity in quantities.items():
                quantities[name] = canonical_quantity(str(quantity))


def _image(source: JSONObject) -> None:
    source["pullPolicy"] = source.get("pullPolicy") or default_pull_policy(source.get("reference", ""))


def default_pull_policy(image: str) -> str:
    """The default of when an image is pulled."""
    return "Always" if image_tag(image) == "latest" else "IfNotPresent"


_DEEPER: dict[str, Callable[[JSONObject], None]] = {
    "downwardAPI": _downward_api,
    "emptyDir": _empty_dir,
    "projected": _projected,
    "ephemeral": _ephemeral,
    "image": _image,
}

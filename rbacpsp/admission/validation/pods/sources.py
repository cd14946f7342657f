"""The API server's validation of each source of a volume.

Source: pkg/apis/core/validation/validation.go validateHostPathVolumeSource and its like, 1.24 to 1.37.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from rbacpsp.admission.validation.checks import label, no_backsteps, required_text, subdomain
from rbacpsp.admission.validation.pods.projected import (
    downward_errors,
    items_errors,
    mode_errors,
    projected_errors,
)
from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    go_strings,
    invalid,
    not_supported,
    required,
    too_long,
)
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import subdomain_errors
from rbacpsp.model.profiles import local_path_errors
from rbacpsp.model.text_validation import range_errors
from rbacpsp.model.version import Version

SourceErrors = Callable[[JSONObject, FieldPath, Version], Iterator[FieldError]]

_HOST_PATHS = (
    *("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate"),
    *("File", "FileOrCreate", "Socket"),
)
_CACHING = ("None", "ReadOnly", "ReadWrite")
_DISKS = ("Dedicated", "Managed", "Shared")
_MANAGED_DISK = (
    "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
)
_BLOB_DISK = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
_TARGETS = {
    "iqn": re.compile(r"iqn\.\d{4}-\d{2}\.[-.a-zA-Z0-9]+:[^,;*&$|\s]+\Z", re.ASCII),
    "eui": re.compile(r"\Aeui.[a-zA-Z0-9]{16}\Z"),
    "naa": re.compile(r"\Anaa.[a-zA-Z0-9]{32}\Z"),
}
_LONGEST_DRIVER = 63
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_EMPTY_DRIVER_SINCE = Version(1, 35)
"""Since then a driver without a name has no further errors."""
_EMPTY_IMAGE_SINCE = Version(1, 33)


def _demanding(*names: str) -> SourceErrors:
    """A check that requires some texts of a source and nothing else."""

    def errors(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
        for name in names:
            yield from required_text(source, name, path)

    return errors


def _secret_name_errors(source: JSONObject, key: str, path: FieldPath) -> Iterator[FieldError]:
    """A reference to a secret must have its name."""
    if key in source and not source[key].get("name"):
        yield required(path.child(key, "name"))


def _host_path(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
    if not source.get("path"):
        yield required(path.child("path"))
        return
    yield from no_backsteps(source["path"], path.child("path"))
    if source.get("type", "") not in _HOST_PATHS:
        yield not_supported(path.child("type"), source["type"], _HOST_PATHS)


def _git_repo(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
    yield from required_text(source, "repository", path)
    yield from local_path_errors(source.get("directory", ""), path.child("directory"))


def _partitioned(name: str) -> SourceErrors:
    def errors(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
        yield from required_text(source, name, path)
        partition = source.get("partition")
        if partition is not None and not 0 <= partition <= 255:
            yield invalid(path.child("partition"), partition, "must be between 1 and 255, inclusive")

    return errors


def _secret(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
    yield from required_text(source, "secretName", path)
    yield from mode_errors(source, "defaultMode", path)
    yield from items_errors(source, path)


def _config_map(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
    yield from required_text(source, "name", path)
    yield from mode_errors(source, "defaultMode", path)
    yield from items_errors(source, path)


def _nfs(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
    yield from required_text(source, "server", path)
    yield from required_text(source, "path", path)
    if not source.get("path", "").startswith("/"):
        yield invalid(path.child("path"), source.get("path", ""), "must be an absolute path")


def _iscsi(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
    yield from required_text(source, "targetPortal", path)
    name = source.get("iqn", "")
    if not name:
        yield required(path.child("iqn"))
    else:
        yield from _target_errors(name, path.child("iqn"))
    lun = source.get("lun", 0)
    yield from (invalid(path.child("lun"), lun, words) for words in range_errors(lun, 0, 255))
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and "secretRef" not in source:
        yield required(path.child("secretRef"))
    if source.get("initiatorName") is not None:
        yield from _target_errors(source["initiatorName"], path.child("initiatorname"))


def _target_errors(name: str, path: FieldPath) -> Iterator[FieldError]:
    form = _TARGETS.get(name[:3])
    if form is None:
        yield invalid(path, name, "must be valid format starting with iqn, eui, or naa")
    elif not form.search(name):
        yield invalid(path, name, "must be valid format")


def _flocker(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
    name, uuid = source.get("datasetName", ""), source.get("datasetUUID", "")
    if not name and not uuid:
        yield required(path, "one of datasetName and datasetUUID is required")
    if name and uuid:
        words = "datasetName and datasetUUID can not be specified simultaneously"
        yield invalid(path, "resource", words)
    if "/" in name:
        yield invalid(path.child("datasetName"), name, "must not contain '/'")


def _rbd(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
    yield from required_text(source, "monitors", path)
    yield from required_text(source, "image", path)


def _cinder(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
    yield from required_text(source, "volumeID", path)
    yield from _secret_name_errors(source, "secretRef", path)


def _quobyte(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
    registry = source.get("registry", "")
    words = "must be a host:port pair or multiple pairs separated by commas"
    if not registry:
        yield required(path.child("registry"), words)
    elif len(source.get("tenant", "").encode()) > 64:
        yield required(path.child("tenant"), "must be a UUID and may not exceed a length of 64 characters")
    else:
        for pair in registry.split(","):
            if not re.fullmatch(r"(\[[^\[\]]*\]|[^:\[\]]*):[^:\[\]]*", pair):
                yield invalid(path.child("registry"), registry, words)
    yield from required_text(source, "volume", path)


def _downward(source: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    yield from mode_errors(source, "defaultMode", path)
    for file in source.get("items", ()):
        yield from downward_errors(file, path, version)


def _fc(source: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    targets, ids = source.get("targetWWNs", ()), source.get("wwids", ())
    at = path.child("targetWWNs")
    if not targets and not ids:
        yield required(at, "must specify either targetWWNs or wwids, but not both")
    if targets and ids:
        words = "targetWWNs and wwids can not be specified simultaneously"
        yield invalid(at, go_strings("string", tuple(targets), version), words)
    if targets:
        lun = source.get("lun")
        if lun is None:
            yield required(path.child("lun"), "lun is required if targetWWNs is specified")
        else:
            yield from (invalid(path.child("lun"), lun, words) for words in range_errors(lun, 0, 255))


def _flex(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
    yield from required_text(source, "driver", path)
    for key in source.get("options", {}):
        domain = f".{key.partition('/')[0].lower()}"
        if domain.endswith((".kubernetes.io", ".k8s.io")):
            words = "kubernetes.io and k8s.io namespaces are reserved"
            yield invalid(path.child("options").key(key), key, words)


def _azure_disk(source: JSONObject, path: FieldPath, _version: Version) -> Iterator[FieldError]:
    yield from required_text(source, "diskName", path)
    yield from required_text(source, "diskURI", path)
    for key, supported in (("cachingMode", _CACHING), ("kind", _DISKS)):
        if source.get(key) is not None and source[key] not in supported:
            yield not_supported(path.child(key), source[key], supported)
    kind, address = source.get("kind"), source.get("diskURI", "")
    if kind == "Managed" and not address.startswith("/subscriptions/"):
        yield not_supported(path.child("diskURI"), address, (_MANAGED_DISK,))
    if kind not in {None, "Managed"} and not address.startswith("https://"):
        yield not_supported(path.child("diskURI"), address, (_BLOB_DISK,))


def _storage_os(source: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    yield from required_text(source, "volumeName", path)
    for name in ("volumeName", "volumeNamespace"):
        if source.get(name):
            yield from label(source[name], path.child(name), version)
    yield from _secret_name_errors(source, "secretRef", path)


def _csi(source: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    driver = source.get("driver", "")
    if not driver:
        yield required(path.child("driver"))
    if driver or version < _EMPTY_DRIVER_SINCE:
        if len(driver.encode()) > _LONGEST_DRIVER:
            yield too_long(path.child("driver"), _LONGEST_DRIVER, version)
        for words in subdomain_errors(driver.lower(), version):
            yield invalid(path.child("driver"), driver, words)
    yield from _secret_name_errors(source, "nodePublishSecretRef", path)
    secret = source.get("nodePublishSecretRef", {}).get("name")
    if secret:
        yield from subdomain(secret, path.child("name"), version)


def image_errors(source: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with a volume that is an image."""
    if version >= _EMPTY_IMAGE_SINCE:
        yield from required_text(source, "reference", path)
    policy = source.get("pullPolicy", "")
    if not policy:
        yield required(path.child("pullPolicy"))
    elif policy not in _PULL_POLICIES:
        yield not_supported(path.child("pullPolicy"), policy, _PULL_POLICIES)


SOURCES: Mapping[str, SourceErrors] = FrozenDict(
    {
        "hostPath": _host_path,
        "gitRepo": _git_repo,
        "gcePersistentDisk": _partitioned("pdName"),
        "awsElasticBlockStore": _partitioned("volumeID"),
        "secret": _secret,
        "nfs": _nfs,
        "iscsi": _iscsi,
        "glusterfs": _demanding("endpoints", "path"),
        "flocker": _flocker,
        "persistentVolumeClaim": _demanding("claimName"),
        "rbd": _rbd,
        "cinder": _cinder,
        "cephfs": _demanding("monitors"),
        "quobyte": _quobyte,
        "downwardAPI": _downward,
        "fc": _fc,
        "flexVolume": _flex,
        "configMap": _config_map,
        "azureFile": _demanding("secretName", "shareName"),
        "vsphereVolume": _demanding("volumePath"),
        "photonPersistentDisk": _demanding("pdID"),
        "portworxVolume": _demanding("volumeID"),
        "azureDisk": _azure_disk,
        "storageos": _storage_os,
        "projected": projected_errors,
        "scaleIO": _demanding("gateway", "system", "volumeName"),
        "csi": _csi,
    }
)
"""Every source but emptyDir, ephemeral and image, which comes last, in the server's order."""

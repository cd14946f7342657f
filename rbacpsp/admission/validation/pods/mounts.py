"""The API server's validation of where a container mounts volumes.

Source: pkg/apis/core/validation/validation.go ValidateVolumeMounts, ValidateVolumeDevices,
validateMountPropagation and validateMountRecursiveReadOnly, 1.24 to 1.37.
"""

from collections.abc import Iterator, Mapping

from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    forbidden,
    invalid,
    not_found,
    not_supported,
    required,
)
from rbacpsp.model.json import JSONObject
from rbacpsp.model.profiles import local_path_errors
from rbacpsp.model.version import Version

_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_READ_ONLY = ("Disabled", "Enabled", "IfPossible")
_READ_ONLY_SINCE = Version(1, 31)


def mount_errors(
    container: JSONObject, volumes: Mapping[str, JSONObject], path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with the mounts of a container."""
    devices = {
        device.get("name", ""): device.get("devicePath", "") for device in container.get("volumeDevices", ())
    }
    points: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts", ())):
        at = path.index(index)
        name, point = mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            yield required(at.child("name"))
        if name not in volumes:
            yield not_found(at.child("name"), name)
        if not point:
            yield required(at.child("mountPath"))
        if point in points:
            yield invalid(at.child("mountPath"), point, "must be unique")
        points.add(point)
        if name in devices:
            yield invalid(at.child("name"), name, "must not already exist in volumeDevices")
        if point in devices.values():
            yield invalid(at.child("mountPath"), point, "must not already exist as a path in volumeDevices")
        # The server leaves the index out of these paths.
        yield from _detail_errors(mount, container, at, path, version)


def _detail_errors(
    mount: JSONObject, container: JSONObject, at: FieldPath, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    within, expression = mount.get("subPath", ""), mount.get("subPathExpr", "")
    if within:
        yield from local_path_errors(within, path.child("subPath"))
    if expression:
        if within:
            words = "subPathExpr and subPath are mutually exclusive"
            yield invalid(at.child("subPathExpr"), expression, words)
        yield from local_path_errors(expression, path.child("subPathExpr"))
    propagation = mount.get("mountPropagation")
    if propagation is not None:
        propagation_path = path.child("mountPropagation")
        if propagation not in _PROPAGATIONS:
            yield not_supported(propagation_path, propagation, _PROPAGATIONS)
        if propagation == "Bidirectional" and not container.get("securityContext", {}).get("privileged"):
            words = "Bidirectional mount propagation is available only to privileged containers"
            yield forbidden(propagation_path, words)
    read_only = mount.get("recursiveReadOnly")
    if read_only is None or version < _READ_ONLY_SINCE:
        return
    read_only_path = path.child("recursiveReadOnly")
    if read_only not in _READ_ONLY:
        yield not_supported(read_only_path, read_only, _READ_ONLY)
    elif read_only != "Disabled":
        if not mount.get("readOnly"):
            yield forbidden(read_only_path, "may only be specified when readOnly is true")
        if propagation not in {None, "None"}:
            yield forbidden(
                read_only_path, "may only be specified when mountPropagation is None or not specified"
            )


def device_errors(
    container: JSONObject, volumes: Mapping[str, JSONObject], path: FieldPath
) -> Iterator[FieldError]:
    """What is wrong with the block devices of a container."""
    mounts = {
        mount.get("name", ""): mount.get("mountPath", "") for mount in container.get("volumeMounts", ())
    }
    names: set[str] = set()
    paths: set[str] = set()
    for index, device in enumerate(container.get("volumeDevices", ())):
        at = path.index(index)
        name, point = device.get("name", ""), device.get("devicePath", "")
        if not name:
            yield required(at.child("name"))
        if name in names:
            yield invalid(at.child("name"), name, "must be unique")
        source = volumes.get(name)
        if source is None:
            yield not_found(at.child("name"), name)
        elif "persistentVolumeClaim" not in source and "ephemeral" not in source:
            words = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            yield invalid(at.child("name"), name, words)
        if not point:
            yield required(at.child("devicePath"))
        if point in paths:
            yield invalid(at.child("devicePath"), point, "must be unique")
        if ".." in point.split("/"):
            yield invalid(at.child("devicePath"), point, "can not contain backsteps ('..')")
        else:
            paths.add(point)
        if name in mounts:
            yield invalid(at.child("name"), name, "must not already exist in volumeMounts")
        if point in mounts.values():
            yield invalid(at.child("devicePath"), point, "must not already exist as a path in volumeMounts")
        if name:
            names.add(name)

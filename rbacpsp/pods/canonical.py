"""Writes a pod as the server's Go types do, which omit some zero values, empty lists and empty maps.

Source: the `omitempty` tags of api/core/v1/types.go, 0.24.
"""

from typing import Any

from rbacpsp.pods.shape import SCALARS

_MAPS = frozenset(
    {
        "annotations",
        "labels",
        "limits",
        "matchLabels",
        "nodeSelector",
        "options",
        "overhead",
        "requests",
        "volumeAttributes",
    }
)
"""Go maps, which are omitted when empty. Any other empty object is a pointer to a struct and is kept."""

_KEPT_LISTS = frozenset({"containers", "monitors", "nodeSelectorTerms", "sources"})
"""Lists without `omitempty`."""

_VALUES = frozenset(
    {
        "apiVersion",
        "audience",
        "chapAuthDiscovery",
        "chapAuthSession",
        "containerName",
        "directory",
        "dnsPolicy",
        "effect",
        "failureThreshold",
        "fsType",
        "generateName",
        "group",
        "host",
        "hostIP",
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "hostPort",
        "hostname",
        "imagePullPolicy",
        "initialDelaySeconds",
        "level",
        "medium",
        "nodeName",
        "partition",
        "periodSeconds",
        "prefix",
        "priorityClassName",
        "protocol",
        "readOnly",
        "restartPolicy",
        "revision",
        "role",
        "schedulerName",
        "scheme",
        "serviceAccount",
        "serviceAccountName",
        "sslEnabled",
        "stdin",
        "stdinOnce",
        "subPath",
        "subPathExpr",
        "subdomain",
        "successThreshold",
        "targetContainerName",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "timeoutSeconds",
        "tty",
        "user",
        "volumeName",
        "workingDir",
    }
)
"""Plain values that are omitted in any object when they are zero."""

_VALUES_IN = frozenset(
    {
        ("env", "value"),
        ("ports", "name"),
        ("seLinuxOptions", "type"),
        ("secret", "secretName"),
        ("tolerations", "key"),
        ("tolerations", "operator"),
        ("tolerations", "value"),
    }
)
"""Plain values that are omitted only in some objects when they are zero: (field of the object, field)."""

_POINTERS_IN = frozenset(
    {("azureDisk", "fsType"), ("azureDisk", "readOnly"), ("csi", "fsType"), ("csi", "readOnly")}
)
"""Values that are pointers in these objects, so that a zero is kept."""


def canonical(value: Any, parent: str = "") -> Any:
    """A copy of a JSON value of a pod as the server writes it; `parent` is the field with the value."""
    if isinstance(value, dict):
        if parent in _MAPS:
            return dict(value)
        return {
            key: inner if inner.__class__ in SCALARS else _canonical_field(inner, key)
            for key, inner in value.items()
            if inner or not _is_omitted(parent, key, inner)
        }
    if isinstance(value, list):
        return [inner if inner.__class__ in SCALARS else canonical(inner, parent) for inner in value]
    return value


def _canonical_field(value: Any, key: str) -> Any:
    """A list or an object in a field; a server stores no sources of a projection as null."""
    return None if key == "sources" and value == [] else canonical(value, key)


def _is_omitted(parent: str, key: str, zero: Any) -> bool:
    """Whether Go leaves out a zero value."""
    if isinstance(zero, list):
        return key not in _KEPT_LISTS
    if isinstance(zero, dict):
        return key in _MAPS or (parent, key) == ("volumeClaimTemplate", "metadata")
    if (parent, key) in _VALUES_IN:
        return True
    return key in _VALUES and (parent, key) not in _POINTERS_IN

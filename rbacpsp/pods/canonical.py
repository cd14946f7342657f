"""Writes a pod as Go does, without the zero values, empty lists and empty maps that its types omit.

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
"""Go maps, which are left out when empty. Any other empty object is a pointer to a struct, and stays."""

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
"""Plain values that are left out when they are zero, in any object."""

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
"""Plain values that are left out when they are zero in one object only: (field of the object, field)."""

_POINTERS_IN = frozenset(
    {("azureDisk", "fsType"), ("azureDisk", "readOnly"), ("csi", "fsType"), ("csi", "readOnly")}
)
"""Values that are pointers in these objects, so that a zero is kept."""


def canonical(value: Any, around: str = "") -> Any:
    """A copy of a JSON value of a pod as the server writes it; `around` is the field that holds the value."""
    if isinstance(value, dict):
        if around in _MAPS:
            return dict(value)
        return {
            key: inner if inner.__class__ in SCALARS else _inside(inner, key)
            for key, inner in value.items()
            if inner or not _omitted(around, key, inner)
        }
    if isinstance(value, list):
        return [inner if inner.__class__ in SCALARS else canonical(inner, around) for inner in value]
    return value


def _inside(value: Any, key: str) -> Any:
    """A list or an object in a field; a server stores no sources of a projection as null."""
    return None if key == "sources" and value == [] else canonical(value, key)


def _omitted(around: str, key: str, zero: Any) -> bool:
    """Whether Go leaves out a zero value."""
    if isinstance(zero, list):
        return key not in _KEPT_LISTS
    if isinstance(zero, dict):
        return key in _MAPS or (around, key) == ("volumeClaimTemplate", "metadata")
    if (around, key) in _VALUES_IN:
        return True
    return key in _VALUES and (around, key) not in _POINTERS_IN

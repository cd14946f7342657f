"""Fields of a pod that an older server does not know: it passes over them, so that they are not stored.

Only fields that say how a pod runs are listed; other unknown fields stay as they were written.

Source: api/core/v1/types.go of the versions named.
"""

from collections.abc import Iterator
from types import MappingProxyType

from rbacpsp.model.version import Version
from rbacpsp.pods.shape import JSON

CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")
"""The lists of a pod's containers, in the server's order."""

_OF_CONTEXTS = MappingProxyType(
    {
        "appArmorProfile": Version(1, 30),
        "seLinuxChangePolicy": Version(1, 32),
        "seccompProfile": Version(1, 19),
        "supplementalGroupsPolicy": Version(1, 31),
    }
)
_OF_CONTAINERS = MappingProxyType(
    {
        "resizePolicy": Version(1, 27),
        "restartPolicy": Version(1, 28),
        "restartPolicyRules": Version(1, 34),
    }
)
_OF_SPECS = MappingProxyType(
    {
        "hostUsers": Version(1, 25),
        "hostnameOverride": Version(1, 34),
        "resourceClaims": Version(1, 26),
        "resources": Version(1, 32),
        "schedulingGates": Version(1, 26),
    }
)
"""Each field and the version that brought it."""

_NEWEST = max(*_OF_CONTEXTS.values(), *_OF_CONTAINERS.values(), *_OF_SPECS.values())


def pod_containers(spec: JSON) -> Iterator[JSON]:
    """Every container of a pod's spec: init containers, containers, ephemeral containers."""
    for kind in CONTAINER_LISTS:
        yield from spec.get(kind, ())


def drop_unknown_fields(spec: JSON, version: Version) -> None:
    """Take from a pod's spec, in place, what a server of the version passes over."""
    if version >= _NEWEST:
        return
    _drop(spec, _OF_SPECS, version)
    _drop(spec.get("securityContext", {}), _OF_CONTEXTS, version)
    for container in pod_containers(spec):
        _drop(container, _OF_CONTAINERS, version)
        _drop(container.get("securityContext", {}), _OF_CONTEXTS, version)


def _drop(holder: JSON, fields: MappingProxyType[str, Version], version: Version) -> None:
    for name, since in fields.items():
        if version < since:
            holder.pop(name, None)

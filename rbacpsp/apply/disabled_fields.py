"""Finds fields of a policy that the server drops when it stores it: their feature is off or too new.

Fields are dropped before they are validated. Source: pkg/registry/policy/podsecuritypolicy/strategy.go
PrepareForCreate and PrepareForUpdate, pkg/api/podsecuritypolicy/util.go DropDisabledFields and
pkg/features/kube_features.go, 1.13 to 1.24.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from rbacpsp.model import AnyObject, PodSecurityPolicy
from rbacpsp.model.version import Version


class DroppedField(NamedTuple):
    """A field of a policy's spec that only some versions store."""

    name: str
    attribute: str
    empty: Any
    """The value of the absent field."""
    why: str
    since: Version | None
    """The first version that stores the field; None: no version with policies does."""
    without: str
    """What the policy allows without the field, in words."""
    kept_since: Version | None = None
    """Since this version an updated policy keeps the field if the stored one has it; None: it never does."""

    @property
    def at(self) -> tuple[str, str]:
        """The path of the field."""
        return ("spec", self.name)

    @property
    def words(self) -> str:
        """A sentence that says what happens to the field."""
        return f"the API server drops {self.name}, since {self.why}: the policy allows {self.without}"


FIELDS: tuple[DroppedField, ...] = (
    DroppedField(
        "allowedProcMountTypes",
        "allowed_proc_mount_types",
        (),
        "its feature gate ProcMountType is off by default",
        None,
        "procMount Default alone",
        Version(1, 14),
    ),
    DroppedField(
        "allowedCSIDrivers",
        "allowed_csi_drivers",
        (),
        "its feature gate CSIInlineVolume is off by default before 1.16",
        Version(1, 16),
        "every CSI driver",
    ),
    DroppedField(
        "runAsGroup",
        "run_as_group",
        None,
        "its feature gate RunAsGroup is off by default before 1.14",
        Version(1, 14),
        "every group",
    ),
    DroppedField(
        "runtimeClass",
        "runtime_class",
        None,
        "policies have the field only since 1.15",
        Version(1, 15),
        "every RuntimeClass",
    ),
)
"""The fields, in the server's order."""


def dropped_fields(
    obj: AnyObject, version: Version, old: AnyObject | None = None
) -> tuple[DroppedField, ...]:
    """The fields of an object that a server drops; `old` is what the object replaces."""
    if not isinstance(obj, PodSecurityPolicy):
        return ()
    return tuple(field for field in FIELDS if _is_dropped(field, obj, version, old))


def _is_dropped(
    field: DroppedField, policy: PodSecurityPolicy, version: Version, old: AnyObject | None
) -> bool:
    if not _is_set(policy, field) or (field.since is not None and version >= field.since):
        return False
    keeps = field.kept_since is not None and version >= field.kept_since
    return not (keeps and isinstance(old, PodSecurityPolicy) and _is_set(old, field))


def _is_set(policy: PodSecurityPolicy, field: DroppedField) -> bool:
    return bool(getattr(policy.spec, field.attribute) != field.empty)


def without_fields(obj: AnyObject, fields: Sequence[DroppedField]) -> AnyObject:
    """The object as the server stores it: without the fields of `dropped_fields`."""
    if not isinstance(obj, PodSecurityPolicy):
        return obj
    spec = msgspec.structs.replace(obj.spec, **{field.attribute: field.empty for field in fields})
    return msgspec.structs.replace(obj, spec=spec)

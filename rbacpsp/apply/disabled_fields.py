"""Fields of a policy that a server drops while it stores the policy, since their feature gate is off.

Source: pkg/registry/policy/podsecuritypolicy/strategy.go PrepareForCreate and PrepareForUpdate, and
pkg/api/podsecuritypolicy/util.go DropDisabledFields, 1.24. The gate ProcMountType is off by default in every
release that has policies (pkg/features/kube_features.go), and fields are dropped before they are validated.
"""

import msgspec

from rbacpsp.model import AnyObject, PodSecurityPolicy

PROC_MOUNTS_AT = ("spec", "allowedProcMountTypes")
PROC_MOUNTS_DROPPED = (
    "the API server drops allowedProcMountTypes, since its feature gate ProcMountType is off by default: "
    "the policy allows procMount Default alone"
)


def drops_proc_mounts(policy: PodSecurityPolicy, old: AnyObject | None = None) -> bool:
    """Whether the server drops `allowedProcMountTypes`: not where what is stored has the field."""
    kept = isinstance(old, PodSecurityPolicy) and old.spec.allowed_proc_mount_types
    return bool(policy.spec.allowed_proc_mount_types) and not kept


def without_proc_mounts(policy: PodSecurityPolicy) -> PodSecurityPolicy:
    """The policy as it is stored."""
    spec = msgspec.structs.replace(policy.spec, allowed_proc_mount_types=())
    return msgspec.structs.replace(policy, spec=spec)

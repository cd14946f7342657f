"""The API server's validation of a PodSecurityPolicy.

The server's messages contain some wrong paths, which are repeated here.

Source: pkg/apis/policy/validation/validation.go and pkg/security/podsecuritypolicy/util/util.go, 1.24.
"""

from collections.abc import Iterator, Sequence

from rbacpsp.apply.validation.metadata import metadata_errors
from rbacpsp.apply.validation.sysctls import overlap_errors, sysctl_errors
from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    GoText,
    duplicate,
    go_strings,
    invalid,
    not_supported,
    required,
    too_long,
)
from rbacpsp.model.go import quote
from rbacpsp.model.names import subdomain_errors
from rbacpsp.model.profiles import apparmor_problem, seccomp_errors
from rbacpsp.model.psp import (
    IDStrategy,
    PodSecurityPolicy,
    PodSecurityPolicySpec,
    Range,
    RuntimeClassStrategy,
)
from rbacpsp.model.version import Version

_SPEC = FieldPath.of("spec")
_EVERY = "*"
_RUN_AS_USER = ("MustRunAs", "MustRunAsNonRoot", "RunAsAny")
_GROUPS = ("MayRunAs", "MustRunAs", "RunAsAny")
_RUN_AS_GROUP = ("MustRunAs", "RunAsAny", "MayRunAs")
_SELINUX = ("MustRunAs", "RunAsAny")
_PROC_MOUNTS = ("Default", "Unmasked")
_VOLUMES = (
    *("*", "awsElasticBlockStore", "azureDisk", "azureFile", "cephFS", "cinder", "configMap", "csi"),
    *("downwardAPI", "emptyDir", "ephemeral", "fc", "flexVolume", "flocker", "gcePersistentDisk", "gitRepo"),
    *("glusterfs", "hostPath", "iscsi", "nfs", "persistentVolumeClaim", "photonPersistentDisk"),
    *("portworxVolume", "projected", "quobyte", "rbd", "scaleIO", "secret", "storageos", "vsphereVolume"),
)
_VOLUMES_SINCE = {"ephemeral": Version(1, 19)}
_APPARMOR = "apparmor.security.beta.kubernetes.io/"
_SECCOMP = "seccomp.security.alpha.kubernetes.io/"


def policy_errors(policy: PodSecurityPolicy, version: Version) -> Iterator[FieldError]:
    """Everything that is wrong with a policy that is created, in the server's order."""
    yield from metadata_errors(policy.metadata, version, subdomain_errors, namespaced=False)
    yield from _annotation_errors(policy)
    spec = policy.spec
    yield from _id_errors("runAsUser", spec.run_as_user, _RUN_AS_USER)
    yield from _run_as_group_errors(spec.run_as_group)
    if spec.se_linux.rule not in _SELINUX:
        yield not_supported(_SPEC.child("seLinux", "rule"), spec.se_linux.rule, _SELINUX)
    yield from _id_errors("supplementalGroups", spec.supplemental_groups, _GROUPS)
    yield from _id_errors("fsGroup", spec.fs_group, _GROUPS)
    yield from _volume_errors(spec.volumes, version)
    yield from _capability_errors(spec)
    if spec.default_allow_privilege_escalation and not spec.allow_privilege_escalation:
        words = (
            "Cannot set DefaultAllowPrivilegeEscalation to true without also setting "
            "AllowPrivilegeEscalation to true"
        )
        yield invalid(_SPEC.child("defaultAllowPrivilegeEscalation"), value=True, detail=words)
    for index, name in enumerate(spec.allowed_proc_mount_types):
        if name not in _PROC_MOUNTS:
            yield not_supported(_SPEC.child("allowedProcMountTypes").index(index), name, _PROC_MOUNTS)
    yield from _host_and_driver_errors(spec, version)
    allowed, prohibited = _SPEC.child("allowedUnsafeSysctls"), _SPEC.child("forbiddenSysctls")
    yield from sysctl_errors(spec.allowed_unsafe_sysctls, allowed)
    yield from sysctl_errors(spec.forbidden_sysctls, prohibited)
    yield from overlap_errors(spec.allowed_unsafe_sysctls, allowed, spec.forbidden_sysctls, prohibited)
    yield from _runtime_class_errors(spec.runtime_class, version)


def _annotation_errors(policy: PodSecurityPolicy) -> Iterator[FieldError]:
    annotations = policy.metadata.annotations
    path = FieldPath.of("metadata", "annotations")
    default, allowed = (annotations.get(f"{_APPARMOR}{name}", "") for name in _NAMES)
    for key, value, profiles in (
        (f"{_APPARMOR}{_NAMES[0]}", default, [default]),
        (f"{_APPARMOR}{_NAMES[1]}", allowed, allowed.split(",")),
    ):
        for profile in profiles if value else ():
            problem = apparmor_problem(profile)
            if problem:
                yield invalid(path.key(key), value, problem)
    default, allowed = (annotations.get(f"{_SECCOMP}{name}", "") for name in _NAMES)
    if default:
        yield from seccomp_errors(default, path.key(f"{_SECCOMP}{_NAMES[0]}"))
    for profile in allowed.split(",") if allowed else ():
        if profile != _EVERY:
            yield from seccomp_errors(profile, path.key(f"{_SECCOMP}{_NAMES[1]}"))


_NAMES = ("defaultProfileName", "allowedProfileNames")


def _id_errors(name: str, strategy: IDStrategy, rules: Sequence[str]) -> Iterator[FieldError]:
    path = _SPEC.child(name)
    if strategy.rule not in rules:
        yield not_supported(path.child("rule"), strategy.rule, rules)
    for index, span in enumerate(strategy.ranges):
        yield from _range_errors(span, path.child("ranges").index(index))


def _run_as_group_errors(strategy: IDStrategy | None) -> Iterator[FieldError]:
    if strategy is None:
        return
    path = _SPEC.child("runAsGroup")
    if strategy.rule == "RunAsAny":
        if strategy.ranges:
            yield invalid(path.child("ranges"), _go_ranges(strategy.ranges), "Ranges must be empty")
    elif strategy.rule in _RUN_AS_GROUP:
        if not strategy.ranges:
            words = "must provide at least one range"
            yield invalid(path.child("ranges"), _go_ranges(()), words)
        for index, span in enumerate(strategy.ranges):
            yield from _range_errors(span, path.child("ranges").index(index))
    else:
        yield not_supported(path.child("rule"), strategy.rule, _RUN_AS_GROUP)


def _go_ranges(ranges: Sequence[Range]) -> GoText:
    """Ranges as the server prints them; nil for an absent list (an empty list prints `{}`)."""
    if not ranges:
        return GoText("[]policy.IDRange(nil)")
    return GoText(
        "[]policy.IDRange{"
        + ", ".join(f"policy.IDRange{{Min:{span.min}, Max:{span.max}}}" for span in ranges)
        + "}"
    )


def _range_errors(span: Range, path: FieldPath) -> Iterator[FieldError]:
    if span.min < 0:
        yield invalid(path.child("min"), span.min, "min cannot be negative")
    if span.max < 0:
        yield invalid(path.child("max"), span.max, "max cannot be negative")
    if span.min > span.max:
        yield invalid(path.child("min"), span.min, "min cannot be greater than max")


def _volume_errors(volumes: Sequence[str], version: Version) -> Iterator[FieldError]:
    known = [name for name in _VOLUMES if version >= _VOLUMES_SINCE.get(name, version)]
    for index, name in enumerate(volumes):
        if name not in known:
            yield not_supported(_SPEC.child("volumes").at("spec", "volumes", index), name, known)


def _capability_errors(spec: PodSecurityPolicySpec) -> Iterator[FieldError]:
    drops = spec.required_drop_capabilities
    if drops and _EVERY in spec.allowed_capabilities:
        path = FieldPath.of("requiredDropCapabilities").at("spec", "requiredDropCapabilities")
        words = "must be empty when all capabilities are allowed by a wildcard"
        yield invalid(path, go_strings("core.Capability", drops), words)
    for field, names in (
        ("defaultAddCapabilities", spec.default_add_capabilities),
        ("allowedCapabilities", spec.allowed_capabilities),
    ):
        for index, name in enumerate(names):
            if name in drops:
                path = FieldPath.of(field).at("spec", field, index)
                words = f"capability is listed in {field} and requiredDropCapabilities"
                yield invalid(path, name, words)


def _host_and_driver_errors(spec: PodSecurityPolicySpec, version: Version) -> Iterator[FieldError]:
    path = _SPEC.child("allowedHostPaths")
    for index, allowed in enumerate(spec.allowed_host_paths):
        if not allowed.path_prefix:
            yield required(path.index(index), "is required")
            break
        if ".." in allowed.path_prefix.split("/"):
            yield invalid(path.index(index), allowed.path_prefix, "must not contain '..'")
    for index, driver in enumerate(spec.allowed_flex_volumes):
        if not driver.driver:
            path = _SPEC.child("allowedFlexVolumes", "allowedFlexVolumes").index(index).child("driver")
            yield required(path.at("spec", "allowedFlexVolumes", index), "must specify a driver")
    for index, csi in enumerate(spec.allowed_csi_drivers):
        path = _SPEC.child("allowedCSIDrivers", "allowedCSIDriver").index(index).child("name")
        yield from _csi_errors(csi.name, path.at("spec", "allowedCSIDrivers", index), version)


def _csi_errors(name: str, path: FieldPath, version: Version) -> Iterator[FieldError]:
    if not name:
        yield required(path)
    if len(name.encode()) > 63:
        yield too_long(path, 63, version)
    for words in subdomain_errors(name.lower(), version):
        yield invalid(path, name, words)


def _runtime_class_errors(strategy: RuntimeClassStrategy | None, version: Version) -> Iterator[FieldError]:
    if strategy is None:
        return
    path = _SPEC.child("runtimeClass")
    names = path.child("allowedRuntimeClassNames")
    allowed = strategy.allowed_runtime_class_names
    for index, name in enumerate(allowed):
        for words in subdomain_errors(name, version) if name != _EVERY else ():
            yield invalid(names.index(index), name, words)
        if name in allowed[:index]:
            yield duplicate(names.index(index), name)
    default = strategy.default_runtime_class_name
    if default is not None:
        for words in subdomain_errors(default, version):
            yield invalid(path.child("defaultRuntimeClassName"), default, words)
        if default not in allowed and _EVERY not in allowed:
            yield required(names, f"default {quote(default)} must be allowed")
    if _EVERY in allowed and len(allowed) > 1:
        words = "if '*' is present, must not specify other RuntimeClass names"
        yield invalid(names, go_strings("string", allowed), words)

"""The PodSecurityPolicy that allows and fills in the same as constraints in a namespace.

Source: apiserver-library-go sccmatching/provider.go, release-4.21; pkg/security/podsecuritypolicy, 1.24.
"""

from collections.abc import Iterator

from rbacpsp.apply.constraint_defaults import ALL, NONE
from rbacpsp.migration.gap import GapKind
from rbacpsp.migration.scc.differences import ControlDifference
from rbacpsp.migration.scc.fields import matches_sysctl_pattern
from rbacpsp.model.field_error import FieldPath
from rbacpsp.model.json import JSONObject
from rbacpsp.model.profiles import seccomp_errors
from rbacpsp.model.psp import Range
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.psp.strategies import seccomp
from rbacpsp.psp.versions import behavior
from rbacpsp.scc.rules import SAFE_SYSCTLS, SCCRules

_ANY: JSONObject = {"rule": "RunAsAny"}
_VOLUMES = {"storageOS": "storageos", "vsphere": "vsphereVolume"}
"""The types of volumes that policies spell differently."""
_IMAGE, _PROJECTED, _SECRET = "image", "projected", "secret"
_SYS_ADMIN = "CAP_SYS_ADMIN"
_POD_LEVEL = "RequirePodLevel"

OPEN: JSONObject = {
    "allowPrivilegeEscalation": True,
    "allowedCapabilities": [ALL],
    "allowedProcMountTypes": ["Default", "Unmasked"],
    "allowedUnsafeSysctls": [ALL],
    "fsGroup": _ANY,
    "hostIPC": True,
    "hostNetwork": True,
    "hostPID": True,
    "hostPorts": [{"min": 0, "max": 65535}],
    "privileged": True,
    "runAsUser": _ANY,
    "seLinux": _ANY,
    "supplementalGroups": _ANY,
    "volumes": [ALL],
}
"""Allows every field, and fills in nothing."""


def policy_spec(rules: SCCRules) -> JSONObject:
    """The spec of the policy for constraints whose ranges come from a namespace."""
    constraint = rules.constraint
    spec = OPEN | {
        "allowPrivilegeEscalation": constraint.allow_privilege_escalation is not False,
        "allowedCapabilities": list(constraint.allowed_capabilities),
        "allowedUnsafeSysctls": _sysctls(constraint),
        "defaultAddCapabilities": list(constraint.default_add_capabilities),
        "forbiddenSysctls": list(constraint.forbidden_sysctls),
        "fsGroup": _groups(rules.fs_groups),
        "hostIPC": constraint.allow_host_ipc,
        "hostNetwork": constraint.allow_host_network,
        "hostPID": constraint.allow_host_pid,
        "hostPorts": OPEN["hostPorts"] if constraint.allow_host_ports else [],
        "privileged": constraint.allow_privileged_container,
        "readOnlyRootFilesystem": constraint.read_only_root_filesystem,
        "requiredDropCapabilities": list(constraint.required_drop_capabilities),
        "runAsUser": _user(rules),
        "seLinux": _labels(rules),
        "supplementalGroups": _groups(rules.supplemental_groups),
        "volumes": [
            _VOLUMES.get(volume_type, volume_type)
            for volume_type in constraint.volumes or ()
            if volume_type not in {NONE, _IMAGE}
        ],
    }
    if constraint.default_allow_privilege_escalation is not None:
        spec["defaultAllowPrivilegeEscalation"] = constraint.default_allow_privilege_escalation
    if constraint.allowed_flex_volumes:
        spec["allowedFlexVolumes"] = [{"driver": volume.driver} for volume in constraint.allowed_flex_volumes]
    return dict(sorted(spec.items()))


def policy_annotations(rules: SCCRules) -> dict[str, str]:
    """The annotations of the policy: its valid seccomp profiles, since no pod can name an invalid one."""
    profiles = [
        profile for profile in rules.constraint.seccomp_profiles if profile in {ALL, ""} or _valid(profile)
    ]
    if not profiles:
        return {}
    annotations = {seccomp.ALLOWED_KEY: ",".join(profiles)}
    if rules.seccomp_default and _valid(rules.seccomp_default):
        annotations[seccomp.DEFAULT_KEY] = rules.seccomp_default
    return annotations


def _valid(profile: str) -> bool:
    return not any(seccomp_errors(profile, FieldPath.of("profile")))


def _sysctls(constraint: SecurityContextConstraints) -> list[str]:
    """The allowed sysctls, and those that OpenShift counts as safe but a server with policies does not."""
    allowed = constraint.allowed_unsafe_sysctls
    safe = SAFE_SYSCTLS - behavior().safe_sysctls
    return [
        *allowed,
        *(
            name
            for name in sorted(safe)
            if not matches_sysctl_pattern(name, (*allowed, *constraint.forbidden_sysctls))
        ),
    ]


def _user(rules: SCCRules) -> JSONObject:
    if rules.uids is not None:
        return {"rule": "MustRunAs", "ranges": [_span(rules.uids)]}
    return {"rule": rules.constraint.run_as_user.type}


def _groups(ranges: tuple[Range, ...] | None) -> JSONObject:
    return _ANY if ranges is None else {"rule": "MustRunAs", "ranges": [_span(span) for span in ranges]}


def _span(span: Range) -> JSONObject:
    return {"min": span.min, "max": span.max}


def _labels(rules: SCCRules) -> JSONObject:
    if rules.labels is None:
        return _ANY
    options = rules.labels.options
    labels = {"level": options.level, "role": options.role, "type": options.type, "user": options.user}
    return {"rule": "MustRunAs", "seLinuxOptions": {key: value for key, value in labels.items() if value}}


def differences(constraint: SecurityContextConstraints) -> Iterator[ControlDifference]:
    """The requirements of constraints that a policy enforces differently, or not at all."""
    volumes = constraint.volumes or ()
    image = _IMAGE in volumes or ALL in volumes
    yield ControlDifference(
        "stricter" if image else "weaker",
        "volumes",
        "a server that has policies does not know volumes of type image, and turns them into an empty folder",
    )
    if _SECRET in volumes and _PROJECTED not in volumes and ALL not in volumes:
        kinds: tuple[GapKind, ...] = ("stricter", "weaker")
        for kind in kinds:
            yield ControlDifference(
                kind,
                "volumes",
                "other projected volumes count as those of a service account's token: not one with "
                "openshift-service-ca.crt, but one with any items of kube-root-ca.crt",
            )
    if constraint.user_namespace_level == _POD_LEVEL:
        yield ControlDifference(
            "weaker", "userNamespaceLevel", "policies ignore hostUsers, a field that a 1.24 server drops"
        )
    if constraint.default_allow_privilege_escalation is not None and _runs_privileged(constraint):
        yield ControlDifference(
            "stricter",
            "defaultAllowPrivilegeEscalation",
            "a policy also fills it in if a container is privileged or adds CAP_SYS_ADMIN, although a server "
            "refuses false there",
        )


def _runs_privileged(constraint: SecurityContextConstraints) -> bool:
    added = {*constraint.allowed_capabilities, *constraint.default_add_capabilities}
    return constraint.allow_privileged_container or bool(added & {ALL, _SYS_ADMIN})

"""The API server's validation of a pod's security settings, which policies can make invalid.

The server validates a pod after the mutating plugins: the defaults of a PodSecurityPolicy can make a valid
pod invalid, so that the policy admits the pod and the server still refuses it. This module checks everything
that a policy or the server's preparation can cause: ids out of range, an escalation that is forbidden to a
privileged container, profiles, and fields that a pod for another operating system may not set. It does not
check names, ports or mounts.

Source: pkg/apis/core/validation/validation.go, 1.15, 1.20, 1.24 and 1.37: ValidatePodSpec,
ValidateSecurityContext, ValidatePodSecurityContext, validateWindows, validateLinux, ValidateVolumes,
ValidatePodSpecificAnnotations, validateSeccompAnnotationsAndFields. The rest of the server's validation is in
`rbacpsp.admission.validation.pods`.
"""

from collections.abc import Iterator, Mapping, Sequence

from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    GoText,
    forbidden,
    invalid,
    invalid_object,
    not_found,
    not_supported,
    required,
)
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import subdomain_errors
from rbacpsp.model.profiles import apparmor_problem, local_path_errors, seccomp_errors
from rbacpsp.model.version import Version
from rbacpsp.pods.disabled_features import PROC_MOUNT_SINCE
from rbacpsp.pods.parts import CONTAINER_LISTS
from rbacpsp.pods.seccomp import CONTAINER_PREFIX, POD_KEY
from rbacpsp.pods.volume_defaults import SOURCES

_SPEC = FieldPath.of("spec")
_ANNOTATIONS = FieldPath.of("metadata", "annotations")
_APPARMOR_PREFIX = "container.apparmor.security.beta.kubernetes.io/"
_LOCALHOST = "localhost/"
_VALIDATED_LISTS = ("containers", "initContainers", "ephemeralContainers")
"""The lists of containers in the order in which they are validated."""
_OS_SINCE = Version(1, 24)
"""The first version with `spec.os` on by default (feature gate IdentifyPodOS)."""
_DECLARATIVE_SINCE = Version(1, 37)
"""Since this version generated code reports a missing name, with a shorter message."""
_ALL_HOST = "If pod contains any hostProcess containers then all containers must be HostProcess containers"
_GO_UNTIL = Version(1, 33)
_HIGHEST_ID = (1 << 31) - 1
_IDS = ("runAsUser", "runAsGroup")
_PROFILE_TYPES = ("Localhost", "RuntimeDefault", "Unconfined")
_PROC_MOUNTS = ("Default", "Unmasked")
_WINDOWS = "cannot be set for a windows pod"
_LINUX = "windows options cannot be set for a linux pod"
_NO_ESCALATION = "cannot set `allowPrivilegeEscalation` to false and"
_NOT_FOR_WINDOWS = ("seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy")
_NEITHER_FOR_WINDOWS = ("runAsUser", "runAsGroup", "supplementalGroups")
_NOT_FOR_WINDOWS_CONTAINERS = (
    *("appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem"),
    *("privileged", "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup"),
)


def pod_refusal(pod: JSONObject, version: Version) -> str | None:
    """The server's complete message about a pod that is ready to be stored; None for a valid one."""
    errors = list(pod_errors(pod, version))
    return invalid_object("Pod", "", pod.get("metadata", {}).get("name", ""), errors) if errors else None


def pod_errors(pod: JSONObject, version: Version) -> Iterator[FieldError]:
    """Everything that is wrong with a pod that is created, defaulted and prepared, in the server's order."""
    annotations: Mapping[str, str] = pod.get("metadata", {}).get("annotations", {})
    spec = pod.get("spec", {})
    if annotations:
        yield from profile_annotation_errors(annotations, spec)
    yield from spec_errors(spec, version)
    if annotations:
        yield from conflict_errors(annotations, spec, _SPEC)


def spec_errors(spec: JSONObject, version: Version, path: FieldPath = _SPEC) -> Iterator[FieldError]:
    """What is wrong with the spec of a pod or of a template."""
    missing = set()
    for index, volume in enumerate(spec.get("volumes", ())):
        if not any(source in volume for source in SOURCES):
            missing.add(volume.get("name", ""))
            yield required(path.child("volumes").index(index), "must specify a volume type")
    for kind in _VALIDATED_LISTS:
        for index, container in enumerate(spec.get(kind, ())):
            context = container.get("securityContext")
            if not context and not missing:
                continue
            container_path = path.child(kind).index(index)
            if missing:
                yield from _missing_mount_errors(container, missing, container_path)
            if context:
                yield from container_context_errors(
                    context, spec, container_path.child("securityContext"), version
                )
    context = spec.get("securityContext")
    if context:
        yield from pod_context_errors(context, path.child("securityContext"))
    yield from host_process_errors(spec, path)
    runtime_class = spec.get("runtimeClassName")
    if runtime_class is not None:
        for words in subdomain_errors(runtime_class, version):
            yield invalid(path.child("runtimeClassName"), runtime_class, words)
    yield from system_errors(spec, path, version)


def _missing_mount_errors(container: JSONObject, missing: set[str], path: FieldPath) -> Iterator[FieldError]:
    for index, mount in enumerate(container.get("volumeMounts", ())):
        if mount.get("name", "") in missing:
            yield not_found(path.child("volumeMounts").index(index).child("name"), mount.get("name", ""))


def container_context_errors(
    context: JSONObject, spec: JSONObject, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with the security context of a container."""
    yield from _id_errors(context, path)
    proc_mount = context.get("procMount")
    if proc_mount is not None:
        if proc_mount not in _PROC_MOUNTS:
            yield not_supported(path.child("procMount"), proc_mount, _PROC_MOUNTS)
        elif proc_mount == "Unmasked" and version >= PROC_MOUNT_SINCE and spec.get("hostUsers", True):
            words = "`hostUsers` must be false to use `Unmasked`"
            yield invalid(path.child("procMount"), proc_mount, words)
    if "seccompProfile" in context:
        yield from _profile_errors(context["seccompProfile"], path.child("seccompProfile"), "seccomp")
    if context.get("allowPrivilegeEscalation") is False:
        # The server prints the complete context here; until 1.33 with memory addresses.
        context_text = GoText("core.SecurityContext{...}" if version <= _GO_UNTIL else "{...}")
        if context.get("privileged"):
            yield invalid(path, context_text, f"{_NO_ESCALATION} `privileged` to true")
        for name in context.get("capabilities", {}).get("add", ()):
            if name == "CAP_SYS_ADMIN":
                yield invalid(path, context_text, f"{_NO_ESCALATION} `capabilities.Add` CAP_SYS_ADMIN")
    if "appArmorProfile" in context:
        yield from _profile_errors(context["appArmorProfile"], path.child("appArmorProfile"), "AppArmor")


def pod_context_errors(context: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    """What is wrong with the security context of a pod."""
    if context.get("fsGroup") is not None:
        yield from _id_error(context["fsGroup"], path.child("fsGroup"))
    yield from _id_errors(context, path)
    for index, group in enumerate(context.get("supplementalGroups", ())):
        yield from _id_error(group, path.child("supplementalGroups").index(index))
    if "seccompProfile" in context:
        yield from _profile_errors(context["seccompProfile"], path.child("seccompProfile"), "seccomp")
    if "appArmorProfile" in context:
        yield from _profile_errors(context["appArmorProfile"], path.child("appArmorProfile"), "AppArmor")


def _id_errors(context: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    for name in _IDS:
        if context.get(name) is not None:
            yield from _id_error(context[name], path.child(name))


def _id_error(number: int, path: FieldPath) -> Iterator[FieldError]:
    if not 0 <= number <= _HIGHEST_ID:
        yield invalid(path, number, f"must be between 0 and {_HIGHEST_ID}, inclusive")


def _profile_errors(profile: JSONObject | None, path: FieldPath, profile_kind: str) -> Iterator[FieldError]:
    """What is wrong with the field of a seccomp or an AppArmor profile."""
    if profile is None:
        return
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    field = "seccompProfile" if profile_kind == "seccomp" else "appArmorProfile"
    if not kind:
        yield required(path.child("type"), f"type is required when {field} is set")
    elif kind not in _PROFILE_TYPES:
        yield not_supported(path.child("type"), kind, _PROFILE_TYPES)
    profile_path = path.child("localhostProfile")
    if kind != "Localhost":
        if local is not None and (profile_kind == "seccomp" or kind in _PROFILE_TYPES):
            yield invalid(
                profile_path,
                GoText("{...}") if profile_kind == "seccomp" else local,
                _local_profile_words(profile_kind),
            )
    elif local is None or (profile_kind == "AppArmor" and not local):
        yield required(profile_path, f"must be set when {profile_kind} type is Localhost")
    elif profile_kind == "seccomp":
        yield from local_path_errors(local, profile_path)
    elif local != local.strip():
        yield invalid(profile_path, local, "must not be padded with whitespace")


def _local_profile_words(profile_kind: str) -> str:
    return f"can only be set when {profile_kind} type is Localhost"


def _containers_with_paths(spec: JSONObject, path: FieldPath) -> Iterator[tuple[JSONObject, FieldPath]]:
    """The security context of every container, empty where there is none."""
    for kind in CONTAINER_LISTS:
        for index, container in enumerate(spec.get(kind, ())):
            yield container.get("securityContext", {}), path.child(kind).index(index).child("securityContext")


def host_process_errors(spec: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    """What is wrong with Windows HostProcess containers: they need the host's network, and no others."""
    of_pod = _host_process(spec.get("securityContext", {}))
    if of_pod is None and not any(_for_windows(spec.get(kind, ())) for kind in CONTAINER_LISTS):
        return
    count = 0
    host_processes: list[bool] = []
    for context, context_path in _containers_with_paths(spec, path):
        count += 1
        host_process = _host_process(context)
        if of_pod is not None and host_process is not None and host_process != of_pod:
            words = (
                f"pod hostProcess value must be identical if both are specified, was {str(of_pod).lower()}"
            )
            yield invalid(context_path.child("windowsOptions", "hostProcess"), host_process, words)
        host_processes.append(bool(of_pod if host_process is None else host_process))
    if any(host_processes):
        if sum(host_processes) != count:
            yield invalid(path, "", _ALL_HOST)
        if not spec.get("hostNetwork"):
            words = "hostNetwork must be true if pod contains any hostProcess containers"
            yield invalid(path.child("hostNetwork"), value=False, detail=words)


def _for_windows(containers: Sequence[JSONObject]) -> bool:
    return any("windowsOptions" in container.get("securityContext", ()) for container in containers)


def _host_process(context: JSONObject) -> bool | None:
    host_process: bool | None = context.get("windowsOptions", {}).get("hostProcess")
    return host_process


def system_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with fields that the operating system in `spec.os` does not allow."""
    if "os" not in spec:
        return
    name = spec["os"].get("name", "")
    if version < _OS_SINCE:
        yield forbidden(path.child("os"), "cannot be set when IdentifyPodOS feature is not enabled")
    elif not name:
        words = "" if version >= _DECLARATIVE_SINCE else "cannot be empty"
        yield required(path.child("os", "name"), words)
    elif name == "windows":
        yield from _windows_errors(spec, path)
    elif name == "linux":
        for context, context_path in (*_pod_alone(spec, path), *_containers_with_paths(spec, path)):
            if "windowsOptions" in context:
                yield forbidden(context_path.child("windowsOptions"), _LINUX)
    else:
        yield not_supported(path.child("os"), name, ("linux", "windows"))


def _pod_alone(spec: JSONObject, path: FieldPath) -> Sequence[tuple[JSONObject, FieldPath]]:
    return [(spec.get("securityContext", {}), path.child("securityContext"))]


def _windows_errors(spec: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    context, context_path = _pod_alone(spec, path)[0]
    for name in ("appArmorProfile", "seLinuxOptions"):
        if name in context:
            yield forbidden(context_path.child(name), _WINDOWS)
    for name in ("hostPID", "hostIPC"):
        if spec.get(name):
            yield forbidden(path.child(name), _WINDOWS)
    for name in _NOT_FOR_WINDOWS[1:]:
        if name in context:
            yield forbidden(context_path.child(name), _WINDOWS)
    if context.get("sysctls"):
        yield forbidden(context_path.child("sysctls"), _WINDOWS)
    if "shareProcessNamespace" in spec:
        yield forbidden(path.child("shareProcessNamespace"), _WINDOWS)
    for name in (*_NEITHER_FOR_WINDOWS, "supplementalGroupsPolicy", "seLinuxChangePolicy"):
        if name in context:
            yield forbidden(context_path.child(name), _WINDOWS)
    if "hostUsers" in spec:
        yield forbidden(path.child("hostUsers"), _WINDOWS)
    for context, context_path in _containers_with_paths(spec, path):
        for name in _NOT_FOR_WINDOWS_CONTAINERS:
            if name in context:
                yield forbidden(context_path.child(name), _WINDOWS)


def profile_annotation_errors(
    annotations: Mapping[str, str], spec: JSONObject, path: FieldPath = _ANNOTATIONS
) -> Iterator[FieldError]:
    """What is wrong with the profiles that annotations name."""
    for key in sorted(annotations):
        if key == POD_KEY or key.startswith(CONTAINER_PREFIX):
            # The server prints the key like a field here.
            yield from seccomp_errors(annotations[key], path.child(key))
    names = {container.get("name", "") for kind in CONTAINER_LISTS for container in spec.get(kind, ())}
    for key in sorted(annotations):
        if key.startswith(_APPARMOR_PREFIX):
            container = key.removeprefix(_APPARMOR_PREFIX)
            if container not in names:
                yield invalid(path.key(key), container, "container not found")
            problem = apparmor_problem(annotations[key])
            if problem:
                yield invalid(path.key(key), annotations[key], problem)


def conflict_errors(
    annotations: Mapping[str, str], spec: JSONObject, path: FieldPath
) -> Iterator[FieldError]:
    """Errors about profiles whose field and annotation differ."""
    contexts = [(POD_KEY, *_pod_alone(spec, path)[0])]
    for kind in CONTAINER_LISTS:
        for index, container in enumerate(spec.get(kind, ())):
            context_path = path.child(kind).index(index).child("securityContext")
            key = CONTAINER_PREFIX + container.get("name", "")
            contexts.append((key, container.get("securityContext", {}), context_path))
    for key, context, context_path in contexts:
        profile = context.get("seccompProfile")
        if profile is not None and key in annotations:
            yield from _conflict(annotations[key], profile, context_path.child("seccompProfile"), "seccomp")

    of_pod = spec.get("securityContext", {}).get("appArmorProfile")
    if spec.get("os", {}).get("name") == "windows":
        return
    for container_key, context, context_path in contexts[1:]:
        key = _APPARMOR_PREFIX + container_key.removeprefix(CONTAINER_PREFIX)
        profile = context.get("appArmorProfile", of_pod)
        if profile is not None and key in annotations:
            yield from _conflict(annotations[key], profile, context_path.child("appArmorProfile"), "apparmor")


def _conflict(
    annotation: str, profile: JSONObject, path: FieldPath, profile_kind: str
) -> Iterator[FieldError]:
    words = f"{profile_kind} type in annotation and field must match"
    defaults = {"runtime/default", "docker/default"} if profile_kind == "seccomp" else {"runtime/default"}
    match profile.get("type"):
        case "Unconfined" if annotation != "unconfined":
            yield forbidden(path.child("type"), words)
        case "RuntimeDefault" if annotation not in defaults:
            yield forbidden(path.child("type"), words)
        case "Localhost" if not annotation.startswith(_LOCALHOST):
            yield forbidden(path.child("type"), words)
        case "Localhost" if annotation.removeprefix(_LOCALHOST) != profile.get("localhostProfile"):
            words = f"{profile_kind} profile in annotation and field must match"
            yield forbidden(path.child("localhostProfile"), words)

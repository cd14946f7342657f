"""Derives the strictest policy that admits some pods unchanged, field by field.

Every field of the policy follows from the fields of the pods: it forbids what no pod uses, and requires what
every pod sets. If no pod names a group, the policy forbids the root group, like the restricted policy of the
Kubernetes documentation. Effective values count: a container inherits the values of its pod.
"""

from collections.abc import Iterable, Iterator

from rbacpsp.model import Version
from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod import Container, Pod, SecurityContext
from rbacpsp.pods.seccomp import CONTAINER_PREFIX, POD_KEY, annotation_for_field
from rbacpsp.psp.strategies.apparmor import ALLOWED_KEY as APPARMOR_ALLOWED
from rbacpsp.psp.strategies.apparmor import CONTAINER_PREFIX as APPARMOR_PREFIX
from rbacpsp.psp.strategies.seccomp import ALLOWED_KEY as SECCOMP_ALLOWED
from rbacpsp.psp.strategies.selinux import equal_levels
from rbacpsp.psp.versions import behavior
from rbacpsp.simulate.derive_volumes import derive_volumes

PodAndContainer = tuple[Pod, Container]

NOT_ROOT = (1, 65535)
"""The groups of the documentation's restricted policy."""
_RUN_AS_GROUP_SINCE = Version(1, 14)
_ANY = {"rule": "RunAsAny"}
_DEFAULT_PROC_MOUNT = "Default"


def derive(name: str, pods: Iterable[Pod], version: Version) -> JSONObject:
    """A PodSecurityPolicy for pods that have their defaults and their token's volume.

    Args:
        name: The name of the policy.
        pods: At least one pod.
        version: The version of the server that enforces it.
    """
    pods = tuple(pods)
    known = behavior(version)
    containers = list(_containers(pods, ephemeral=known.ephemeral_containers))
    contexts = [container.context for _, container in containers]
    spec: JSONObject = {
        "privileged": any(context.privileged for context in contexts),
        "allowPrivilegeEscalation": any(
            context.allow_privilege_escalation is not False for context in contexts
        ),
        "readOnlyRootFilesystem": all(context.read_only_root_filesystem for context in contexts),
        "hostNetwork": any(pod.spec.host_network for pod in pods),
        "hostPID": any(pod.spec.host_pid for pod in pods),
        "hostIPC": any(pod.spec.host_ipc for pod in pods),
        "runAsUser": _run_as_user(containers),
        "seLinux": _selinux(pods, containers),
        "supplementalGroups": _groups([pod.spec.context.supplemental_groups or () for pod in pods]),
        "fsGroup": _groups([_optional(pod.spec.context.fs_group) for pod in pods]),
    }
    if version >= _RUN_AS_GROUP_SINCE:
        spec["runAsGroup"] = _groups(
            [_optional(_run_as_group(*pod_and_container)) for pod_and_container in containers]
        )
        classes = {pod.spec.runtime_class_name for pod in pods} - {None}
        spec["runtimeClass"] = {"allowedRuntimeClassNames": sorted(filter(None, classes))}
    spec |= _capabilities(contexts) | derive_volumes(pods, version) | _sysctls(pods, version)
    ports = {port.host_port for _, container in containers for port in container.ports} - {0}
    if ports:
        spec["hostPorts"] = _ranges(ports)
    mounts = {context.proc_mount or _DEFAULT_PROC_MOUNT for context in contexts}
    if mounts != {_DEFAULT_PROC_MOUNT}:
        # If the feature gate is off, the server replaces other values by the default and checks again.
        spec["allowedProcMountTypes"] = sorted(mounts | {_DEFAULT_PROC_MOUNT})
    annotations = _seccomp(pods, containers, fields=known.seccomp_fields) | _apparmor(containers)
    metadata: JSONObject = {"name": name} | ({"annotations": annotations} if annotations else {})
    return {
        "apiVersion": "policy/v1beta1",
        "kind": "PodSecurityPolicy",
        "metadata": metadata,
        "spec": dict(sorted(spec.items())),
    }


def _containers(pods: Iterable[Pod], *, ephemeral: bool) -> Iterator[PodAndContainer]:
    for pod in pods:
        spec = pod.spec
        late = spec.ephemeral_containers if ephemeral else ()
        for container in (*spec.init_containers, *spec.containers, *late):
            yield pod, container


def _optional(value: int | None) -> tuple[int, ...]:
    return () if value is None else (value,)


def _ranges(numbers: Iterable[int]) -> list[JSONObject]:
    """The fewest ranges that contain exactly these numbers."""
    ranges: list[JSONObject] = []
    for number in sorted(set(numbers)):
        if ranges and number == ranges[-1]["max"] + 1:
            ranges[-1]["max"] = number
        else:
            ranges.append({"min": number, "max": number})
    return ranges


def _run_as_user(containers: Iterable[PodAndContainer]) -> JSONObject:
    users: list[int | None] = []
    non_roots: list[bool | None] = []
    for pod, container in containers:
        context, inherited = container.context, pod.spec.context
        users.append(context.run_as_user if context.run_as_user is not None else inherited.run_as_user)
        word = context.run_as_non_root
        non_roots.append(word if word is not None else inherited.run_as_non_root)
    known = [user for user in users if user is not None]
    if len(known) == len(users):
        return {"rule": "MustRunAs", "ranges": _ranges(known)}
    if all(
        user != 0 and word is not False and (user is not None or word is not None)
        for user, word in zip(users, non_roots, strict=True)
    ):
        return {"rule": "MustRunAsNonRoot"}
    return dict(_ANY)


def _run_as_group(pod: Pod, container: Container) -> int | None:
    group = container.context.run_as_group
    return group if group is not None else pod.spec.context.run_as_group


def _groups(groups_by_pod: list[tuple[int, ...]]) -> JSONObject:
    """The strategy for the groups that each pod, or container, sets."""
    groups = {group for groups_of_pod in groups_by_pod for group in groups_of_pod}
    if not groups:
        low, high = NOT_ROOT
        return {"rule": "MayRunAs", "ranges": [{"min": low, "max": high}]}
    return {"rule": "MustRunAs" if all(groups_by_pod) else "MayRunAs", "ranges": _ranges(groups)}


def _selinux(pods: Iterable[Pod], containers: Iterable[PodAndContainer]) -> JSONObject:
    labels = [pod.spec.context.se_linux_options for pod in pods]
    for pod, container in containers:
        container_labels = container.context.se_linux_options
        labels.append(container_labels if container_labels is not None else pod.spec.context.se_linux_options)
    first = labels[0]
    if first is None:
        return dict(_ANY)
    for label in labels:
        same_names = label is not None and (label.user, label.role, label.type) == (
            first.user,
            first.role,
            first.type,
        )
        if label is None or not same_names or not equal_levels(label.level, first.level):
            return dict(_ANY)
    names = ("user", "role", "type", "level")
    options = {field: value for field in names if (value := getattr(first, field))}
    return {"rule": "MustRunAs", "seLinuxOptions": options}


def _capabilities(contexts: Iterable[SecurityContext]) -> JSONObject:
    """The capabilities that any container adds, and those that every container drops.

    The API rejects a policy that both allows a capability and requires dropping it.
    """
    added: set[str] = set()
    dropped: set[str] | None = None
    for context in contexts:
        capabilities = context.capabilities
        added.update(capabilities.add if capabilities else ())
        drops = set(capabilities.drop if capabilities else ())
        dropped = drops if dropped is None else dropped & drops
    fields = {"allowedCapabilities": added, "requiredDropCapabilities": (dropped or set()) - added}
    return {field: sorted(names) for field, names in fields.items() if names}


def _sysctls(pods: Iterable[Pod], version: Version) -> JSONObject:
    used = {sysctl.name for pod in pods for sysctl in pod.spec.context.sysctls}
    safe = behavior(version).safe_sysctls
    if not used:
        return {"forbiddenSysctls": ["*"]}
    fields = {"allowedUnsafeSysctls": sorted(used - safe), "forbiddenSysctls": sorted(safe - used)}
    return {field: names for field, names in fields.items() if names}


def _seccomp(pods: Iterable[Pod], containers: Iterable[PodAndContainer], *, fields: bool) -> dict[str, str]:
    profiles = set(_seccomp_profiles(pods, containers, fields=fields))
    if profiles <= {""}:
        return {}
    # A list cannot contain an absent profile or one with a comma: then only `*` admits all of the pods.
    listed = "" not in profiles and not any("," in profile for profile in profiles)
    return {SECCOMP_ALLOWED: ",".join(sorted(profiles)) if listed else "*"}


def _seccomp_profiles(
    pods: Iterable[Pod], containers: Iterable[PodAndContainer], *, fields: bool
) -> Iterator[str]:
    for pod in pods:
        yield _seccomp_of_pod(pod, fields=fields)
    for pod, container in containers:
        field = container.context.seccomp_profile if fields else None
        if field is not None:
            yield annotation_for_field(field)
        else:
            container_annotation = pod.metadata.annotations.get(CONTAINER_PREFIX + container.name)
            yield (
                container_annotation
                if container_annotation is not None
                else _seccomp_inherited(pod, fields=fields)
            )


def _seccomp_of_pod(pod: Pod, *, fields: bool) -> str:
    annotation = pod.metadata.annotations.get(POD_KEY)
    field = pod.spec.context.seccomp_profile if fields else None
    return annotation or ("" if field is None else annotation_for_field(field))


def _seccomp_inherited(pod: Pod, *, fields: bool) -> str:
    field = pod.spec.context.seccomp_profile if fields else None
    return annotation_for_field(field) if field is not None else pod.metadata.annotations.get(POD_KEY, "")


def _apparmor(containers: Iterable[PodAndContainer]) -> dict[str, str]:
    """The profiles, if every container names one: a policy that lists profiles requires one."""
    profiles = {
        pod.metadata.annotations.get(APPARMOR_PREFIX + container.name, "") for pod, container in containers
    }
    if "" in profiles or any("," in profile for profile in profiles):
        return {}
    return {APPARMOR_ALLOWED: ",".join(sorted(profiles))}

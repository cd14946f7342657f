"""The tightest policy that admits some pods and changes nothing in them, field by field.

Every field of the policy is made of what the pods write: what none of them does is forbidden, what all of
them do is required. Where no pod names a group, the root group is kept out, as the documentation's restricted
policy does. Effective values count: what a container leaves to its pod is the pod's.
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

Placed = tuple[Pod, Container]

NOT_ROOT = (1, 65535)
"""The groups of the documentation's restricted policy."""
_RUN_AS_GROUP_SINCE = Version(1, 14)
_ANY = {"rule": "RunAsAny"}
_DEFAULT_PROC_MOUNT = "Default"


def derive(name: str, pods: Iterable[Pod], version: Version) -> JSONObject:
    """A PodSecurityPolicy for pods that have their defaults and their token's volume.

    Args:
        name: What to call it.
        pods: At least one.
        version: The server that is to enforce it.
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
        spec["runAsGroup"] = _groups([_optional(_run_as_group(*each)) for each in containers])
        classes = {pod.spec.runtime_class_name for pod in pods} - {None}
        spec["runtimeClass"] = {"allowedRuntimeClassNames": sorted(filter(None, classes))}
    spec |= _capabilities(contexts) | derive_volumes(pods, version) | _sysctls(pods, version)
    ports = {port.host_port for _, container in containers for port in container.ports} - {0}
    if ports:
        spec["hostPorts"] = _ranges(ports)
    mounts = {context.proc_mount or _DEFAULT_PROC_MOUNT for context in contexts}
    if mounts != {_DEFAULT_PROC_MOUNT}:
        # The server lets others fall back to the default where their feature gate is off, and asks again.
        spec["allowedProcMountTypes"] = sorted(mounts | {_DEFAULT_PROC_MOUNT})
    annotations = _seccomp(pods, containers, fields=known.seccomp_fields) | _apparmor(containers)
    metadata: JSONObject = {"name": name} | ({"annotations": annotations} if annotations else {})
    return {
        "apiVersion": "policy/v1beta1",
        "kind": "PodSecurityPolicy",
        "metadata": metadata,
        "spec": dict(sorted(spec.items())),
    }


def _containers(pods: Iterable[Pod], *, ephemeral: bool) -> Iterator[Placed]:
    for pod in pods:
        spec = pod.spec
        late = spec.ephemeral_containers if ephemeral else ()
        for container in (*spec.init_containers, *spec.containers, *late):
            yield pod, container


def _optional(value: int | None) -> tuple[int, ...]:
    return () if value is None else (value,)


def _ranges(numbers: Iterable[int]) -> list[JSONObject]:
    """Numbers as the fewest ranges that hold no other."""
    ranges: list[JSONObject] = []
    for number in sorted(set(numbers)):
        if ranges and number == ranges[-1]["max"] + 1:
            ranges[-1]["max"] = number
        else:
            ranges.append({"min": number, "max": number})
    return ranges


def _run_as_user(containers: Iterable[Placed]) -> JSONObject:
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


def _groups(written: list[tuple[int, ...]]) -> JSONObject:
    """The strategy for the groups that each pod, or container, writes."""
    groups = {group for each in written for group in each}
    if not groups:
        low, high = NOT_ROOT
        return {"rule": "MayRunAs", "ranges": [{"min": low, "max": high}]}
    return {"rule": "MustRunAs" if all(written) else "MayRunAs", "ranges": _ranges(groups)}


def _selinux(pods: Iterable[Pod], containers: Iterable[Placed]) -> JSONObject:
    labels = [pod.spec.context.se_linux_options for pod in pods]
    for pod, container in containers:
        own = container.context.se_linux_options
        labels.append(own if own is not None else pod.spec.context.se_linux_options)
    first = labels[0]
    if first is None:
        return dict(_ANY)
    for label in labels:
        same = label is not None and (label.user, label.role, label.type) == (
            first.user,
            first.role,
            first.type,
        )
        if label is None or not same or not equal_levels(label.level, first.level):
            return dict(_ANY)
    names = ("user", "role", "type", "level")
    options = {field: value for field in names if (value := getattr(first, field))}
    return {"rule": "MustRunAs", "seLinuxOptions": options}


def _capabilities(contexts: Iterable[SecurityContext]) -> JSONObject:
    """Those that any container adds, and those that every one drops.

    The API takes no policy that allows what it wants dropped.
    """
    added: set[str] = set()
    dropped: set[str] | None = None
    for context in contexts:
        mine = context.capabilities
        added.update(mine.add if mine else ())
        drops = set(mine.drop if mine else ())
        dropped = drops if dropped is None else dropped & drops
    found = {"allowedCapabilities": added, "requiredDropCapabilities": (dropped or set()) - added}
    return {field: sorted(names) for field, names in found.items() if names}


def _sysctls(pods: Iterable[Pod], version: Version) -> JSONObject:
    used = {sysctl.name for pod in pods for sysctl in pod.spec.context.sysctls}
    safe = behavior(version).safe_sysctls
    if not used:
        return {"forbiddenSysctls": ["*"]}
    found = {"allowedUnsafeSysctls": sorted(used - safe), "forbiddenSysctls": sorted(safe - used)}
    return {field: names for field, names in found.items() if names}


def _seccomp(pods: Iterable[Pod], containers: Iterable[Placed], *, fields: bool) -> dict[str, str]:
    profiles = set(_seccomp_profiles(pods, containers, fields=fields))
    if profiles <= {""}:
        return {}
    # A list cannot name the absent profile, nor one with a comma: then only any profile admits all of them.
    listed = "" not in profiles and not any("," in profile for profile in profiles)
    return {SECCOMP_ALLOWED: ",".join(sorted(profiles)) if listed else "*"}


def _seccomp_profiles(pods: Iterable[Pod], containers: Iterable[Placed], *, fields: bool) -> Iterator[str]:
    for pod in pods:
        yield _seccomp_of_pod(pod, fields=fields)
    for pod, container in containers:
        field = container.context.seccomp_profile if fields else None
        if field is not None:
            yield annotation_for_field(field)
        else:
            own = pod.metadata.annotations.get(CONTAINER_PREFIX + container.name)
            yield own if own is not None else _seccomp_inherited(pod, fields=fields)


def _seccomp_of_pod(pod: Pod, *, fields: bool) -> str:
    annotation = pod.metadata.annotations.get(POD_KEY)
    field = pod.spec.context.seccomp_profile if fields else None
    return annotation or ("" if field is None else annotation_for_field(field))


def _seccomp_inherited(pod: Pod, *, fields: bool) -> str:
    field = pod.spec.context.seccomp_profile if fields else None
    return annotation_for_field(field) if field is not None else pod.metadata.annotations.get(POD_KEY, "")


def _apparmor(containers: Iterable[Placed]) -> dict[str, str]:
    """The profiles, where every container names one: a policy that lists profiles requires one."""
    profiles = {
        pod.metadata.annotations.get(APPARMOR_PREFIX + container.name, "") for pod, container in containers
    }
    if "" in profiles or any("," in profile for profile in profiles):
        return {}
    return {APPARMOR_ALLOWED: ",".join(sorted(profiles))}

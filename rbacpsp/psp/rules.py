"""A policy prepared for judging pods: its strategies built, its lists turned into sets.

Source: pkg/security/podsecuritypolicy/factory.go, 1.24.
"""

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from rbacpsp.model.psp import IDStrategy, PodSecurityPolicy, Range
from rbacpsp.pods.strategies.capabilities import CapabilitiesStrategy
from rbacpsp.pods.strategies.sysctls import Sysctls
from rbacpsp.psp.errors import StrategyError
from rbacpsp.psp.strategies import groups
from rbacpsp.psp.strategies.apparmor import AppArmor, apparmor
from rbacpsp.psp.strategies.groups import GroupStrategy, group_strategy
from rbacpsp.psp.strategies.run_as_user import RunAsUser, run_as_user
from rbacpsp.psp.strategies.seccomp import Seccomp, seccomp
from rbacpsp.psp.strategies.selinux import SELinux, selinux
from rbacpsp.psp.versions import Behavior
from rbacpsp.psp.volumes import Volumes, volumes

T = TypeVar("T")

_CONTAINERS = ("init_containers", "containers")
_ALL_CONTAINERS = (*_CONTAINERS, "ephemeral_containers")
_DEFAULT_PROC_MOUNT = "Default"


class PSPRules(Struct, frozen=True):
    """All rules of a policy about pods."""

    name: str
    container_lists: tuple[str, ...]
    """The lists of containers that the version validates, in the server's order."""
    filled_lists: tuple[str, ...]
    """The lists of containers that the version fills in."""
    run_as_user: RunAsUser
    run_as_group: GroupStrategy
    fs_group: GroupStrategy
    supplemental_groups: GroupStrategy
    selinux: SELinux
    apparmor: AppArmor
    seccomp: Seccomp
    capabilities: CapabilitiesStrategy
    sysctls: Sysctls
    volumes: Volumes
    privileged: bool
    host_network: bool
    host_pid: bool
    host_ipc: bool
    host_ports: tuple[Range, ...]
    read_only_root_filesystem: bool
    allow_escalation: bool
    default_escalation: bool | None
    """The value to fill in: defaultAllowPrivilegeEscalation, or else false if escalation is not allowed."""
    proc_mounts: frozenset[str]
    runtime_classes: frozenset[str] | None
    """None allows every RuntimeClass."""
    default_runtime_class: str | None


def rules_of(policy: PodSecurityPolicy, behavior: Behavior) -> PSPRules:
    """Prepare a policy for judging pods.

    Raises:
        StrategyError: A strategy is unknown or incomplete: the server ignores such a policy. The message
            names all of them, as the server logs it.
    """
    spec, annotations = policy.spec, policy.metadata.annotations
    problems: list[str] = []
    user = _strategy(problems, lambda: run_as_user(spec.run_as_user))
    any_group = IDStrategy(groups.RunAsAny.rule)
    run_as_group = spec.run_as_group if behavior.run_as_group else None
    group = _group(problems, "RunAsGroup", run_as_group or any_group)
    labels = _strategy(problems, lambda: selinux(spec.se_linux))
    fs_group = _group(problems, "FSGroup", spec.fs_group)
    supplemental = _group(problems, "SupplementalGroups", spec.supplemental_groups)
    if user is None or group is None or labels is None or fs_group is None or supplemental is None:
        distinct = list(dict.fromkeys(problems))
        raise StrategyError(distinct[0] if len(distinct) == 1 else f"[{', '.join(distinct)}]")
    default_escalation = spec.default_allow_privilege_escalation
    if default_escalation is None and not spec.allow_privilege_escalation:
        default_escalation = False
    runtime = spec.runtime_class if behavior.runtime_class else None
    return PSPRules(
        name=policy.name,
        container_lists=_ALL_CONTAINERS if behavior.ephemeral_containers else _CONTAINERS,
        filled_lists=_ALL_CONTAINERS if behavior.fills_ephemeral_containers else _CONTAINERS,
        run_as_user=user,
        run_as_group=group,
        fs_group=fs_group,
        supplemental_groups=supplemental,
        selinux=labels,
        apparmor=apparmor(annotations),
        seccomp=seccomp(annotations, fields=behavior.seccomp_fields),
        capabilities=CapabilitiesStrategy(
            spec.default_add_capabilities, spec.required_drop_capabilities, spec.allowed_capabilities
        ),
        sysctls=Sysctls(behavior.safe_sysctls, spec.allowed_unsafe_sysctls, spec.forbidden_sysctls),
        volumes=volumes(spec, behavior),
        privileged=spec.privileged,
        host_network=spec.host_network,
        host_pid=spec.host_pid,
        host_ipc=spec.host_ipc,
        host_ports=spec.host_ports,
        read_only_root_filesystem=spec.read_only_root_filesystem,
        allow_escalation=spec.allow_privilege_escalation,
        default_escalation=default_escalation,
        proc_mounts=frozenset(spec.allowed_proc_mount_types or (_DEFAULT_PROC_MOUNT,)),
        runtime_classes=None if runtime is None else frozenset(runtime.allowed_runtime_class_names),
        default_runtime_class=None if runtime is None else runtime.default_runtime_class_name,
    )


def _group(problems: list[str], field: str, options: IDStrategy) -> GroupStrategy | None:
    return _strategy(problems, lambda: group_strategy(field, options))


def _strategy(problems: list[str], make: Callable[[], T]) -> T | None:
    """A strategy, or None with its problem noted."""
    try:
        return make()
    except StrategyError as error:
        problems.append(str(error))
        return None

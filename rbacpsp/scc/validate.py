"""The errors of a pod, with its defaults, under constraints; in the server's order and words.

Source: apiserver-library-go pkg/securitycontextconstraints/sccmatching/provider.go
(ValidatePodSecurityContext, ValidateContainerSecurityContext), release-4.21.
"""

from collections.abc import Iterator

from rbacpsp.model.field_error import FieldError, go_groups, invalid
from rbacpsp.model.pod import Container, Pod
from rbacpsp.model.psp import Range
from rbacpsp.pods.strategies.non_root import MustRunAsNonRoot
from rbacpsp.scc import seccomp, volumes
from rbacpsp.scc.rules import SCCRules

_NON_ROOT = MustRunAsNonRoot()
_LISTS = (
    ("init_containers", "initContainers"),
    ("containers", "containers"),
    ("ephemeral_containers", "ephemeralContainers"),
)
_POD_LEVEL = "RequirePodLevel"


def validate(rules: SCCRules, pod: Pod) -> list[FieldError]:
    """Every reason why the constraints refuse the pod, in the server's order; none when they admit it."""
    spec, context = pod.spec, pod.spec.context
    path = f"provider {rules.name}: .spec.securityContext"
    fs_group = () if context.fs_group is None else (context.fs_group,)
    errors = _groups(rules.fs_groups, f"{path}.fsGroup", fs_group)
    errors += _groups(
        rules.supplemental_groups, f"{path}.supplementalGroups", context.supplemental_groups or ()
    )
    errors += seccomp.validate_pod(rules, pod)
    if rules.labels is not None:
        errors += rules.labels.validate(f"{path}.seLinuxOptions", context.se_linux_options)
    errors += _host_network(rules, pod, path)
    errors += _host_processes(rules, pod, path)
    if rules.constraint.user_namespace_level == _POD_LEVEL and spec.host_users is not False:
        words = "Host Users must be set to false"
        errors.append(invalid(f"{path}.hostUsers", spec.host_users, words))
    if context.sysctls:
        errors += rules.sysctls.validate(context.sysctls)
    if spec.volumes:
        errors += volumes.validate(rules, pod, path)
    for attribute, name in _LISTS:
        for index, container in enumerate(getattr(spec, attribute)):
            errors += _container(rules, pod, container, f"provider {rules.name}: .{name}[{index}]")
    return errors


def _groups(ranges: tuple[Range, ...] | None, path: str, groups: tuple[int, ...]) -> list[FieldError]:
    if ranges is None:
        return []
    if not groups:
        return [invalid(path, go_groups(()), "unable to validate empty groups against required ranges")]
    return [
        invalid(path, go_groups(groups), f"{group} is not an allowed group")
        for group in groups
        if not any(group in span for span in ranges)
    ]


def _host_network(rules: SCCRules, pod: Pod, path: str) -> Iterator[FieldError]:
    if pod.spec.host_network and not rules.constraint.allow_host_network:
        yield invalid(f"{path}.hostNetwork", value=True, detail="Host network is not allowed to be used")


def _host_processes(rules: SCCRules, pod: Pod, path: str) -> Iterator[FieldError]:
    if pod.spec.host_pid and not rules.constraint.allow_host_pid:
        yield invalid(f"{path}.hostPID", value=True, detail="Host PID is not allowed to be used")
    if pod.spec.host_ipc and not rules.constraint.allow_host_ipc:
        yield invalid(f"{path}.hostIPC", value=True, detail="Host IPC is not allowed to be used")


def _container(rules: SCCRules, pod: Pod, container: Container, path: str) -> list[FieldError]:
    context, inherited, constraint = container.context, pod.spec.context, rules.constraint
    user = context.run_as_user if context.run_as_user is not None else inherited.run_as_user
    non_root = context.run_as_non_root if context.run_as_non_root is not None else inherited.run_as_non_root
    errors = _user(rules, path, non_root, user)
    if rules.labels is not None:
        labels = context.se_linux_options or inherited.se_linux_options
        errors += rules.labels.validate(f"{path}.seLinuxOptions", labels)
    errors += seccomp.validate_container(rules, pod, container)
    if context.privileged and not constraint.allow_privileged_container:
        words = "Privileged containers are not allowed"
        errors.append(invalid(f"{path}.privileged", value=True, detail=words))
    errors += rules.capabilities.validate(f"{path}.capabilities", context.capabilities)
    errors += _host_network(rules, pod, path)
    if not constraint.allow_host_ports:
        errors += _host_ports(pod, path)
    errors += _host_processes(rules, pod, path)
    if constraint.read_only_root_filesystem and not context.read_only_root_filesystem:
        words = "ReadOnlyRootFilesystem must be set to true"
        errors.append(invalid(f"{path}.readOnlyRootFilesystem", value=False, detail=words))
    if constraint.allow_privilege_escalation is False and context.allow_privilege_escalation is not False:
        words = "Allowing privilege escalation for containers is not allowed"
        errors.append(invalid(f"{path}.allowPrivilegeEscalation", value=True, detail=words))
    return errors


def _user(rules: SCCRules, path: str, non_root: bool | None, user: int | None) -> list[FieldError]:
    kind, uids = rules.constraint.run_as_user.type, rules.uids
    if kind == MustRunAsNonRoot.rule:
        return _NON_ROOT.validate(path, non_root, user)
    if uids is None or user is None or user in uids:
        return []
    words = (
        f"must be: {uids.min}" if kind == "MustRunAs" else f"must be in the ranges: [{uids.min}, {uids.max}]"
    )
    return [invalid(f"{path}.runAsUser", user, words)]


def _host_ports(pod: Pod, path: str) -> Iterator[FieldError]:
    """The errors of host ports of all containers, which the server repeats for each container."""
    for attribute, name in _LISTS:
        for index, container in enumerate(getattr(pod.spec, attribute)):
            for port in container.ports:
                if port.host_port > 0:
                    words = "Host ports are not allowed to be used"
                    yield invalid(f"{path}.{name}[{index}].hostPort", port.host_port, words)

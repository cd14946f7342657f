"""Validates a pod under a policy: the second step of admission, after fields were filled in.

Errors come in the server's order.

Source: pkg/security/podsecuritypolicy/provider.go (ValidatePod, validateContainer), 1.24.
"""

from collections.abc import Iterator

from rbacpsp.model.pod import Container, Pod, PodSecurityContext, PodSpec
from rbacpsp.model.psp import Range
from rbacpsp.psp.errors import FieldError, invalid
from rbacpsp.psp.rules import PSPRules

_CONTEXT = "spec.securityContext"
_ALL = "*"
_PATHS = {"init_containers": "initContainers", "containers": "containers"}
_PATHS["ephemeral_containers"] = "ephemeralContainers"


def validate(rules: PSPRules, pod: Pod) -> list[FieldError]:
    """Every reason why the policy refuses the pod, in the server's order; none when it admits it."""
    spec = pod.spec
    context = spec.context
    containers = tuple(
        [
            (f"spec.{_PATHS[kind]}[{index}]", container)
            for kind in rules.container_lists
            for index, container in enumerate(getattr(spec, kind))
        ]
    )
    fs_groups = None if context.fs_group is None else (context.fs_group,)
    errors = rules.fs_group.validate(f"{_CONTEXT}.fsGroup", fs_groups)
    errors += rules.supplemental_groups.validate(
        f"{_CONTEXT}.supplementalGroups", context.supplemental_groups
    )
    errors += rules.seccomp.validate_pod(pod)
    errors += rules.selinux.validate(f"{_CONTEXT}.seLinuxOptions", context.se_linux_options)
    errors += _host_namespaces(rules, spec)
    if context.sysctls:
        errors += rules.sysctls.validate(context.sysctls)
    if spec.volumes:
        errors += rules.volumes.validate(pod, containers)
    if rules.runtime_classes is not None:
        name = spec.runtime_class_name
        if name is not None and name not in rules.runtime_classes and _ALL not in rules.runtime_classes:
            errors.append(invalid("spec.runtimeClassName", name, ""))
    for path, container in containers:
        errors += _container(rules, pod, context, path, container)
    return errors


def _host_namespaces(rules: PSPRules, spec: PodSpec) -> Iterator[FieldError]:
    if spec.host_network and not rules.host_network:
        yield invalid(f"{_CONTEXT}.hostNetwork", value=True, detail="Host network is not allowed to be used")
    if spec.host_pid and not rules.host_pid:
        yield invalid(f"{_CONTEXT}.hostPID", value=True, detail="Host PID is not allowed to be used")
    if spec.host_ipc and not rules.host_ipc:
        yield invalid(f"{_CONTEXT}.hostIPC", value=True, detail="Host IPC is not allowed to be used")


def _container(
    rules: PSPRules, pod: Pod, inherited: PodSecurityContext, container_path: str, container: Container
) -> list[FieldError]:
    context = container.context
    path = f"{container_path}.securityContext"
    non_root = context.run_as_non_root if context.run_as_non_root is not None else inherited.run_as_non_root
    user = context.run_as_user if context.run_as_user is not None else inherited.run_as_user
    errors = rules.run_as_user.validate(path, non_root, user)
    group = context.run_as_group if context.run_as_group is not None else inherited.run_as_group
    errors += rules.run_as_group.validate(path, None if group is None else (group,))
    labels = context.se_linux_options if context.se_linux_options is not None else inherited.se_linux_options
    errors += rules.selinux.validate(f"{path}.seLinuxOptions", labels)
    errors += rules.apparmor.validate(pod.metadata.annotations, container.name)
    errors += rules.seccomp.validate_container(pod, container)
    if context.privileged and not rules.privileged:
        errors.append(
            invalid(f"{path}.privileged", value=True, detail="Privileged containers are not allowed")
        )
    proc_mount = context.proc_mount if context.proc_mount is not None else "Default"
    if proc_mount not in rules.proc_mounts:
        errors.append(invalid(f"{path}.procMount", proc_mount, "ProcMountType is not allowed"))
    errors += rules.capabilities.validate(f"{path}.capabilities", context.capabilities)
    if container.ports:
        errors += _host_ports(rules, container_path, container)
    if rules.read_only_root_filesystem and not context.read_only_root_filesystem:
        detail = "ReadOnlyRootFilesystem must be set to true"
        errors.append(invalid(f"{path}.readOnlyRootFilesystem", context.read_only_root_filesystem, detail))
    if context.allow_privilege_escalation and not rules.allow_escalation:
        errors.append(
            invalid(
                f"{path}.allowPrivilegeEscalation",
                context.allow_privilege_escalation,
                "Allowing privilege escalation for containers is not allowed",
            )
        )
    return errors


def _host_ports(rules: PSPRules, path: str, container: Container) -> Iterator[FieldError]:
    for port in container.ports:
        number = port.host_port
        if number > 0 and not any(number in span for span in rules.host_ports):
            detail = (
                f"Host port {number} is not allowed to be used. Allowed ports: [{_ports(rules.host_ports)}]"
            )
            yield invalid(f"{path}.hostPort", number, detail)


def _ports(ranges: tuple[Range, ...]) -> str:
    return ",".join(str(span.min) if span.min == span.max else f"{span.min}-{span.max}" for span in ranges)

"""Fills in the fields that a policy sets: the first step of admission.

Unchanged parts stay the same objects, so that an unchanged pod is recognized by identity.

Source: pkg/security/podsecuritypolicy/provider.go (MutatePod, mutateContainer) and
pkg/securitycontext/accessors.go, 1.24.
"""

from typing import Any

from msgspec.structs import replace

from rbacpsp.model.pod import NO_POD_CONTEXT, Container, Pod, PodSecurityContext
from rbacpsp.pods.seccomp import POD_KEY
from rbacpsp.psp.rules import PSPRules
from rbacpsp.psp.strategies.apparmor import CONTAINER_PREFIX as APPARMOR_PREFIX
from rbacpsp.psp.strategies.run_as_user import MustRunAsNonRoot


def mutate(rules: PSPRules, pod: Pod) -> Pod:
    """The pod with the fields that the policy fills in; the same object if there are none."""
    spec = pod.spec
    context = _pod_context(rules, spec.security_context)
    changes: dict[str, Any] = {}
    if context is not spec.security_context:
        changes["security_context"] = context
    if spec.runtime_class_name is None and rules.default_runtime_class is not None:
        changes["runtime_class_name"] = rules.default_runtime_class
    inherited = context if context is not None else NO_POD_CONTEXT
    for kind in rules.filled_lists:
        before: tuple[Container, ...] = getattr(spec, kind)
        after = tuple([_container(rules, inherited, container) for container in before])
        if any(new is not old for new, old in zip(after, before, strict=True)):
            changes[kind] = after
    annotations = _annotations(rules, pod)
    if not changes and annotations is pod.metadata.annotations:
        return pod
    return Pod(replace(pod.metadata, annotations=annotations), replace(spec, **changes))


def _annotations(rules: PSPRules, pod: Pod) -> dict[str, str]:
    """The pod's annotations with its seccomp profile and its containers' AppArmor profiles."""
    annotations = pod.metadata.annotations
    added: dict[str, str] = {}
    profile = rules.seccomp.generate(pod)
    if profile and annotations.get(POD_KEY) != profile:
        added[POD_KEY] = profile
    if rules.apparmor.default:
        for kind in rules.filled_lists:
            for container in getattr(pod.spec, kind):
                profile = rules.apparmor.generate(annotations, container.name)
                if profile:
                    added[APPARMOR_PREFIX + container.name] = profile
    return annotations | added if added else annotations


def _pod_context(rules: PSPRules, context: PodSecurityContext | None) -> PodSecurityContext | None:
    effective = context if context is not None else NO_POD_CONTEXT
    changes: dict[str, Any] = {}
    if effective.supplemental_groups is None and (group := rules.supplemental_groups.generate()) is not None:
        changes["supplemental_groups"] = (group,)
    if effective.fs_group is None and (group := rules.fs_group.generate()) is not None:
        changes["fs_group"] = group
    if effective.se_linux_options is None and (labels := rules.selinux.generate()) is not None:
        changes["se_linux_options"] = labels
    return replace(effective, **changes) if changes else context


def _container(rules: PSPRules, inherited: PodSecurityContext, container: Container) -> Container:
    """The container with its fields filled in; a value that it inherits from the pod is not filled in."""
    context = container.context
    changes: dict[str, Any] = {}
    user = context.run_as_user if context.run_as_user is not None else inherited.run_as_user
    if user is None and (user := rules.run_as_user.generate()) is not None:
        changes["run_as_user"] = user
    if context.run_as_group is None and inherited.run_as_group is None:
        group = rules.run_as_group.generate()
        if group is not None:
            changes["run_as_group"] = group
    if context.se_linux_options is None and inherited.se_linux_options is None:
        labels = rules.selinux.generate()
        if labels is not None:
            changes["se_linux_options"] = labels
    if (
        type(rules.run_as_user) is MustRunAsNonRoot
        and user is None
        and context.run_as_non_root is None
        and inherited.run_as_non_root is None
    ):
        changes["run_as_non_root"] = True
    capabilities = rules.capabilities.generate(context.capabilities)
    if capabilities is not context.capabilities:
        changes["capabilities"] = capabilities
    if rules.read_only_root_filesystem and context.read_only_root_filesystem is None:
        changes["read_only_root_filesystem"] = True
    if context.allow_privilege_escalation is None and rules.default_escalation is not None:
        changes["allow_privilege_escalation"] = rules.default_escalation
    if not changes:
        return container
    return replace(container, security_context=replace(context, **changes))

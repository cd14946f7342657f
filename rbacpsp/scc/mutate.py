"""What constraints fill in.

What is not filled in stays the very same value.

Source: apiserver-library-go pkg/securitycontextconstraints/sccmatching/provider.go
(CreatePodSecurityContext, CreateContainerSecurityContext), release-4.21.
"""

from typing import Any

from msgspec.structs import replace

from rbacpsp.model.pod import NO_POD_CONTEXT, Container, Pod, PodSecurityContext
from rbacpsp.pods.seccomp import CONTAINER_PREFIX, POD_KEY
from rbacpsp.pods.strategies.non_root import MustRunAsNonRoot
from rbacpsp.scc.rules import Rules
from rbacpsp.scc.seccomp import generated, profile_of

_LISTS = ("init_containers", "containers", "ephemeral_containers")
_SYS_ADMIN = "CAP_SYS_ADMIN"


def mutate(rules: Rules, pod: Pod) -> Pod:
    """The pod with everything that the constraints fill in; the same value when it is nothing."""
    spec, annotations = pod.spec, pod.metadata.annotations
    profile = generated(rules, pod)
    context = _pod_context(rules, spec.security_context, profile)
    if profile and annotations.get(POD_KEY) != profile:
        annotations = {**annotations, POD_KEY: profile}
    changes: dict[str, Any] = {}
    if context is not spec.security_context:
        changes["security_context"] = context
    inherited = context if context is not None else NO_POD_CONTEXT
    for kind in _LISTS:
        before: tuple[Container, ...] = getattr(spec, kind)
        after = tuple([_container(rules, inherited, annotations, container) for container in before])
        if any(new is not old for new, old in zip(after, before, strict=True)):
            changes[kind] = after
    if not changes and annotations is pod.metadata.annotations:
        return pod
    return Pod(replace(pod.metadata, annotations=annotations), replace(spec, **changes))


def _pod_context(rules: Rules, context: PodSecurityContext | None, profile: str) -> PodSecurityContext | None:
    there = context if context is not None else NO_POD_CONTEXT
    changes: dict[str, Any] = {}
    if there.supplemental_groups is None and rules.supplemental_groups is not None:
        changes["supplemental_groups"] = (rules.supplemental_groups[0].min,)
    if there.fs_group is None and rules.fs_groups is not None:
        changes["fs_group"] = rules.fs_groups[0].min
    if there.se_linux_options is None and rules.labels is not None:
        changes["se_linux_options"] = rules.labels.options
    if profile and (field := profile_of(profile)) != there.seccomp_profile:
        changes["seccomp_profile"] = field
    return replace(there, **changes) if changes else context


def _container(
    rules: Rules, inherited: PodSecurityContext, annotations: dict[str, str], container: Container
) -> Container:
    """The container with what is filled in; what it lacks and the pod has is inherited and not filled in."""
    there, constraint = container.context, rules.constraint
    changes: dict[str, Any] = {}
    user = there.run_as_user if there.run_as_user is not None else inherited.run_as_user
    if user is None and rules.uids is not None:
        user = changes["run_as_user"] = rules.uids.min
    if there.se_linux_options is None and inherited.se_linux_options is None and rules.labels is not None:
        changes["se_linux_options"] = rules.labels.options
    if there.run_as_non_root is None and inherited.run_as_non_root is None:
        unset = user is None and constraint.run_as_user.type == MustRunAsNonRoot.rule
        if unset or (user is not None and user > 0):
            changes["run_as_non_root"] = True
    capabilities = rules.capabilities.generate(there.capabilities)
    if capabilities is not there.capabilities:
        changes["capabilities"] = capabilities
    if constraint.read_only_root_filesystem and there.read_only_root_filesystem is None:
        changes["read_only_root_filesystem"] = True
    profile = annotations.get(CONTAINER_PREFIX + container.name, "")
    if profile and (field := profile_of(profile)) != there.seccomp_profile:
        changes["seccomp_profile"] = field
    if there.allow_privilege_escalation is None:
        added = capabilities.add if capabilities is not None else ()
        escalation = constraint.default_allow_privilege_escalation
        if there.privileged or _SYS_ADMIN in added:
            escalation = None
        if escalation is None and constraint.allow_privilege_escalation is False:
            escalation = False
        if escalation is not None:
            changes["allow_privilege_escalation"] = escalation
    if not changes:
        return container
    return replace(container, security_context=replace(there, **changes))

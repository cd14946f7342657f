"""Fills the defaults of constraints into a pod.

Unchanged parts remain the same objects.

Source: apiserver-library-go pkg/securitycontextconstraints/sccmatching/provider.go
(CreatePodSecurityContext, CreateContainerSecurityContext), release-4.21.
"""

from typing import Any

from msgspec.structs import replace

from rbacpsp.model.pod import NO_POD_CONTEXT, Container, Pod, PodSecurityContext
from rbacpsp.pods.seccomp import CONTAINER_PREFIX, POD_KEY
from rbacpsp.pods.strategies.non_root import MustRunAsNonRoot
from rbacpsp.scc.rules import SCCRules
from rbacpsp.scc.seccomp import profile_of, profile_to_set

_LISTS = ("init_containers", "containers", "ephemeral_containers")
_SYS_ADMIN = "CAP_SYS_ADMIN"


def mutate(rules: SCCRules, pod: Pod) -> Pod:
    """The pod with the defaults of the constraints; the same object if they change nothing."""
    spec, annotations = pod.spec, pod.metadata.annotations
    profile = profile_to_set(rules, pod)
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


def _pod_context(
    rules: SCCRules, context: PodSecurityContext | None, profile: str
) -> PodSecurityContext | None:
    pod_context = context if context is not None else NO_POD_CONTEXT
    changes: dict[str, Any] = {}
    if pod_context.supplemental_groups is None and rules.supplemental_groups is not None:
        changes["supplemental_groups"] = (rules.supplemental_groups[0].min,)
    if pod_context.fs_group is None and rules.fs_groups is not None:
        changes["fs_group"] = rules.fs_groups[0].min
    if pod_context.se_linux_options is None and rules.labels is not None:
        changes["se_linux_options"] = rules.labels.options
    if profile and (field := profile_of(profile)) != pod_context.seccomp_profile:
        changes["seccomp_profile"] = field
    return replace(pod_context, **changes) if changes else context


def _container(
    rules: SCCRules, inherited: PodSecurityContext, annotations: dict[str, str], container: Container
) -> Container:
    """The container with its defaults; a field that it inherits from the pod gets none."""
    own_context, constraint = container.context, rules.constraint
    changes: dict[str, Any] = {}
    user = own_context.run_as_user if own_context.run_as_user is not None else inherited.run_as_user
    if user is None and rules.uids is not None:
        user = changes["run_as_user"] = rules.uids.min
    if (
        own_context.se_linux_options is None
        and inherited.se_linux_options is None
        and rules.labels is not None
    ):
        changes["se_linux_options"] = rules.labels.options
    if own_context.run_as_non_root is None and inherited.run_as_non_root is None:
        unset = user is None and constraint.run_as_user.type == MustRunAsNonRoot.rule
        if unset or (user is not None and user > 0):
            changes["run_as_non_root"] = True
    capabilities = rules.capabilities.generate(own_context.capabilities)
    if capabilities is not own_context.capabilities:
        changes["capabilities"] = capabilities
    if constraint.read_only_root_filesystem and own_context.read_only_root_filesystem is None:
        changes["read_only_root_filesystem"] = True
    profile = annotations.get(CONTAINER_PREFIX + container.name, "")
    if profile and (field := profile_of(profile)) != own_context.seccomp_profile:
        changes["seccomp_profile"] = field
    if own_context.allow_privilege_escalation is None:
        added = capabilities.add if capabilities is not None else ()
        escalation = constraint.default_allow_privilege_escalation
        if own_context.privileged or _SYS_ADMIN in added:
            escalation = None
        if escalation is None and constraint.allow_privilege_escalation is False:
            escalation = False
        if escalation is not None:
            changes["allow_privilege_escalation"] = escalation
    if not changes:
        return container
    return replace(container, security_context=replace(own_context, **changes))

"""Requests about namespaces: refuses invalid labels, and checks existing pods against a stricter level.

Source: k8s.io/pod-security-admission admission/admission.go ValidateNamespace and EvaluatePodsInNamespace,
0.24 to 0.37. The server also stops after one second, which is not implemented here.
"""

from collections.abc import Iterable, Mapping

from rbacpsp.model.field_error import FieldError, invalid_object
from rbacpsp.model.go import quote
from rbacpsp.model.objects import Objects
from rbacpsp.model.version import Version
from rbacpsp.model.workload import Manifest
from rbacpsp.pss.config import Configuration
from rbacpsp.pss.evaluate import evaluator_for
from rbacpsp.pss.labels import LABEL_PREFIX, MODES, Policy, policy_to_evaluate
from rbacpsp.pss.levels import PRIVILEGED, LevelVersion, compare_levels
from rbacpsp.pss.reading import read_pod
from rbacpsp.pss.request import PluginRequest, PSAdmission, labels_of

MAX_PODS_TO_CHECK = 3000

_WARNED_SINCE = Version(1, 25)
_EXPLICIT_SINCE = Version(1, 26)


def admit_namespace(context: PluginRequest) -> PSAdmission:
    """The plugin's answer to the creation or the update of a Namespace."""
    if context.request.subresource:
        return PSAdmission()
    labels = labels_of(context.obj)
    policy, errors = policy_to_evaluate(labels, context.config.defaults, context.server)
    exempt = context.namespace in context.config.exemptions.namespaces
    if context.request.operation == "CREATE":
        if errors:
            return _invalid(context, errors)
        return PSAdmission(warnings=_exempt_warnings(context, policy, labels) if exempt else ())
    old, old_errors = policy_to_evaluate(_old_labels(context), context.config.defaults, context.server)
    if errors and errors != old_errors:
        return _invalid(context, errors)
    if not _is_stricter(policy.enforce, old.enforce):
        return PSAdmission()
    if exempt:
        audit = {} if context.server >= _WARNED_SINCE else {"exempt": "namespace"}
        return PSAdmission(warnings=_exempt_warnings(context, policy, labels), audit=audit)
    return PSAdmission(
        warnings=check_pods(context.name, policy.enforce, context.objects, context.config, context.server)
    )


def _invalid(context: PluginRequest, errors: tuple[FieldError, ...]) -> PSAdmission:
    return PSAdmission(False, invalid_object("Namespace", "", context.name, errors))


def _old_labels(context: PluginRequest) -> Mapping[str, str]:
    if context.request.old is not None:
        return labels_of(context.request.old)
    return context.objects.namespace_labels(context.name)


def _is_stricter(new: LevelVersion, old: LevelVersion) -> bool:
    """Whether pods that the old level admitted may violate the new one."""
    if new == old or new.level == PRIVILEGED:
        return False
    return new.version != old.version or compare_levels(new.level, old.level) > 0


def check_pods(
    namespace: str, enforce: LevelVersion, objects: Objects, config: Configuration, server: Version
) -> tuple[str, ...]:
    """The server's warnings about the pods of a namespace that would violate a new enforce level.

    Pods that fail for the same reasons share a warning, with the first name and the number of the others. One
    pod of each controller is checked first; only 3000 pods are checked.
    """
    manifests = [pod for _, pod in sorted(item for item in objects.pods.items() if item[0][0] == namespace)]
    pods = prioritize_pods(manifests, config.exemptions.runtime_classes)
    checked = pods[:MAX_PODS_TO_CHECK]
    evaluator = evaluator_for(server)
    names: dict[str, list[str]] = {}
    for pod in checked:
        evaluation = evaluator.evaluate(read_pod(pod, server, seccomp=False, masked=False), enforce)
        if not evaluation:
            names.setdefault(evaluation.reason, []).append(pod.name)
    warnings = []
    if len(checked) < len(pods):
        warnings.append(
            "new PodSecurity enforce level only checked against the first"
            f" {len(checked)} of {len(pods)} existing pods"
        )
    if names:
        warnings.append(
            f"existing pods in namespace {quote(namespace)} violate the new PodSecurity enforce level"
            f" {quote(str(enforce))}"
        )
    return (*warnings, *sorted(_pods_warning(pods, reason) for reason, pods in names.items()))


def _pods_warning(names: list[str], reason: str) -> str:
    other_count = {1: "", 2: " (and 1 other pod)"}.get(len(names), f" (and {len(names) - 1} other pods)")
    return f"{min(names)}{other_count}: {reason}"


def prioritize_pods(pods: Iterable[Manifest], exempt_runtime_classes: tuple[str, ...]) -> list[Manifest]:
    """The pods in the order in which they are checked: one of each controller first, its other pods last.

    Pods of exempt runtime classes are left out.
    """
    first: list[Manifest] = []
    further: list[Manifest] = []
    seen: set[str] = set()
    for pod in pods:
        spec = pod.body.get("spec")
        runtime_class = spec.get("runtimeClassName") if isinstance(spec, dict) else None
        if runtime_class and runtime_class in exempt_runtime_classes:
            continue
        owner = next((owner for owner in pod.metadata.owner_references if owner.controller), None)
        if owner is None:
            first.append(pod)
        elif owner.uid in seen:
            further.append(pod)
        else:
            seen.add(owner.uid)
            first.append(pod)
    return first + further


def _exempt_warnings(context: PluginRequest, policy: Policy, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Since 1.25: the warning that the labels of an exempt namespace have no effect."""
    if (
        context.server < _WARNED_SINCE
        or policy.fully_privileged
        or policy.equivalent(context.config.defaults)
    ):
        return ()
    shown = [
        f"{mode}={policy.of(mode)}"
        for mode in MODES
        if policy.of(mode).level != PRIVILEGED
        and (
            context.server < _EXPLICIT_SINCE
            or f"{LABEL_PREFIX}{mode}" in labels
            or f"{LABEL_PREFIX}{mode}-version" in labels
        )
    ]
    ignored = f"the policy ({', '.join(shown)}) will be ignored"
    return (f"namespace {quote(context.name)} is exempt from Pod Security, and {ignored}",)

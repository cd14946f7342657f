"""The PodSecurity plugin's answer to a request about a pod, a workload or a namespace.

Source: k8s.io/pod-security-admission admission/admission.go, 0.23 to 0.37. Before 1.23 the plugin is off by
default, so everything is allowed here without warnings.
"""

from dataclasses import replace
from typing import Any

from rbacpsp.model.argument_types import OPTIONAL_TEXT, TEXT, ParameterType, one_of, takes
from rbacpsp.model.field_error import FieldError
from rbacpsp.model.go import aggregate, quote
from rbacpsp.model.json import JSONObject
from rbacpsp.model.json_values import require_json
from rbacpsp.model.meta import ALWAYS_THERE, Namespace
from rbacpsp.model.objects import Objects
from rbacpsp.model.request import OPERATIONS, AdmissionRequest, User
from rbacpsp.model.version import NEWEST, Version
from rbacpsp.model.workload import Manifest
from rbacpsp.pss.config import Configuration
from rbacpsp.pss.evaluate import Evaluation, evaluator_for
from rbacpsp.pss.labels import Policy, policy_to_evaluate
from rbacpsp.pss.levels import ON_SINCE, PRIVILEGED, LevelVersion, server_of
from rbacpsp.pss.namespace import admit_namespace
from rbacpsp.pss.reading import PodInObject, holder_of, kind_of, read_pod, uses_proc_mount
from rbacpsp.pss.request import PluginRequest, PSAdmission, metadata_of
from rbacpsp.pss.updates import is_significant_pod_update

IGNORED_SUBRESOURCES = frozenset(
    {"exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"}
)
"""Subresources of pods that PodSecurity never checks; it does check `ephemeralcontainers`."""

JUDGED_OPERATIONS = frozenset({"CREATE", "UPDATE"})

_LOOKUP_QUOTED_SINCE = Version(1, 25)


@takes(
    obj=ParameterType(dict | Manifest | Namespace, "a dict or a loaded object"),
    user=ParameterType(User | None, "a User or None"),
    namespace=OPTIONAL_TEXT,
    operation=one_of(*OPERATIONS),
    old=ParameterType(dict | Manifest | Namespace | None, "a dict or a loaded object"),
    subresource=TEXT,
    objects=ParameterType(Objects | None, "Objects, as a cluster holds them"),
    config=ParameterType(Configuration | None, "a Configuration: read_config makes one of a dict"),
    version=ParameterType(Version | None, "a Version or None"),
)
def admit(
    obj: dict[str, Any] | Manifest | Namespace,
    *,
    user: User | None = None,
    namespace: str | None = None,
    operation: str = "CREATE",
    old: dict[str, Any] | Manifest | Namespace | None = None,
    subresource: str = "",
    objects: Objects | None = None,
    config: Configuration | None = None,
    version: Version | None = None,
) -> PSAdmission:
    """The PodSecurity plugin's answer to a request.

    A pod is refused if it violates the enforce level of its namespace; for a workload there are only
    warnings. An update is checked only when it changes an image or the number of containers, or adds an
    ephemeral container. A Namespace is refused for invalid labels; when its enforce level becomes stricter,
    its pods are checked against the new one.

    Args:
        obj: A pod, a workload or a Namespace, as it would be submitted or is stored.
        user: The requester; matters only where users are exempt.
        namespace: The namespace; by default that of the object, else `default`. It has no labels unless it
            is in `objects`.
        operation: `CREATE` or `UPDATE`; any other is not checked.
        old: The object that an update replaces; by default that of the same name in `objects`. Without
            either, the pod is checked as on creation, and the Namespace had no labels.
        subresource: The part of the object that the request is for, for example `ephemeralcontainers`.
        objects: The cluster: its namespaces' labels and its pods.
        config: The plugin's configuration; None is the server's default.
        version: The Kubernetes version; None is the newest.

    Raises:
        ValueError: The plugin does not check this kind, a field of the object has the wrong type, or an
            object contains a value that is not JSON.
    """
    for what, value in (("the object", obj), ("the old object", old)):
        if isinstance(value, dict):
            require_json(what, value)
    request = AdmissionRequest(
        user=user, namespace=namespace, operation=operation, old=old, subresource=subresource
    )
    return judge(obj, request, objects=objects or Objects(), config=config, version=version)


def judge(
    obj: dict[str, Any] | Manifest | Namespace,
    request: AdmissionRequest,
    *,
    objects: Objects,
    config: Configuration | None = None,
    version: Version | None = None,
) -> PSAdmission:
    """Answer as `admit` does, for an AdmissionRequest."""
    if request.operation not in JUDGED_OPERATIONS or (version is not None and version < ON_SINCE):
        return PSAdmission()
    plain = _plain(obj)
    metadata = metadata_of(plain)
    kind = kind_of(plain)
    name = str(metadata.get("name") or "")
    if not name and metadata.get("generateName"):
        name = f"{metadata['generateName']}xxxxx"
    context = PluginRequest(
        obj=plain,
        kind=kind,
        name=name,
        namespace=name if kind == "Namespace" else request.namespace_of(metadata),
        request=request if request.old is None else replace(request, old=_plain(request.old)),
        objects=objects,
        config=config or Configuration(),
        server=server_of(NEWEST if version is None else version),
    )
    if kind == "Namespace":
        return admit_namespace(context)
    return _admit_pod(context) if kind == "Pod" else _admit_workload(context)


def _plain(obj: dict[str, Any] | Manifest | Namespace) -> JSONObject | Manifest:
    if isinstance(obj, Namespace):
        return {"kind": "Namespace", "metadata": {"name": obj.name, "labels": obj.metadata.labels}}
    return obj


def _admit_pod(context: PluginRequest) -> PSAdmission:
    if context.request.subresource in IGNORED_SUBRESOURCES:
        return PSAdmission()
    exempt = _exemption(context)
    if exempt is not None:
        return exempt
    labels = _namespace_labels(context)
    if labels is None:
        words = f"Internal error occurred: {_lookup_words(context)}"
        return PSAdmission(False, words, audit={"error": f"{words}: {_not_found(context)}"})
    policy, errors = policy_to_evaluate(labels, context.config.defaults, context.server)
    if not errors and policy.fully_privileged:
        return PSAdmission(audit={"enforce-policy": str(LevelVersion(PRIVILEGED))})
    old = _replaced(context, context.objects.pods.get((context.namespace, context.name)))
    if old is not None and not is_significant_pod_update(context.obj, old, context.server):
        return PSAdmission()
    created = context.request.operation == "CREATE"
    masked = old is None or not uses_proc_mount(old)
    pod = read_pod(context.obj, context.server, seccomp=created, app_armor=created, masked=masked)
    return _evaluate(context, policy, errors, pod, enforce=True)


def _admit_workload(context: PluginRequest) -> PSAdmission:
    holder = holder_of(context.obj)
    if context.request.subresource:
        return PSAdmission()
    exempt = _exemption(context)
    if exempt is not None:
        return exempt
    labels = _namespace_labels(context)
    if labels is None:
        return PSAdmission(audit={"error": f"{_lookup_words(context)}: {_not_found(context)}"})
    policy, errors = policy_to_evaluate(labels, context.config.defaults, context.server)
    if not errors and policy.warn.level == policy.audit.level == PRIVILEGED:
        return PSAdmission()
    if holder is None and context.kind == "ReplicationController":
        return PSAdmission()
    old = _replaced(context, context.objects.workloads.get((context.kind, context.namespace, context.name)))
    pod = read_pod(context.obj, context.server, masked=old is None or not uses_proc_mount(old))
    return _evaluate(context, policy, errors, pod, enforce=False)


def _replaced(context: PluginRequest, stored: Manifest | None) -> JSONObject | Manifest | None:
    """The object that an update replaces, if it is known."""
    return (context.request.old or stored) if context.request.operation == "UPDATE" else None


def _exemption(context: PluginRequest) -> PSAdmission | None:
    """The answer to a request whose namespace or user is exempt; None for others."""
    if context.namespace in context.config.exemptions.namespaces:
        return PSAdmission(audit={"exempt": "namespace"})
    user = context.request.user
    if user is not None and user.name and user.name in context.config.exemptions.usernames:
        return PSAdmission(audit={"exempt": "user"})
    return None


def _namespace_labels(context: PluginRequest) -> dict[str, str] | None:
    """The labels of the request's namespace; None where the server would not find it."""
    namespaces = context.objects.namespaces
    namespace = namespaces.get(context.namespace)
    if namespace is not None:
        return namespace.metadata.labels
    return {} if not namespaces or context.namespace in ALWAYS_THERE else None


def _lookup_words(context: PluginRequest) -> str:
    quoted = context.server >= _LOOKUP_QUOTED_SINCE
    return f"failed to lookup namespace {quote(context.namespace) if quoted else context.namespace}"


def _not_found(context: PluginRequest) -> str:
    return f"namespaces {quote(context.namespace)} not found"


def _evaluate(
    context: PluginRequest, policy: Policy, errors: tuple[FieldError, ...], pod: PodInObject, *, enforce: bool
) -> PSAdmission:
    """Check a pod in the three modes: enforce refuses, audit annotates, warn warns about admitted pods."""
    runtime_class = pod.checked.spec.runtime_class_name
    if runtime_class and runtime_class in context.config.exemptions.runtime_classes:
        return PSAdmission(audit={"exempt": "runtimeClass"})
    evaluator = evaluator_for(context.server)
    audit = {"error": f"Failed to parse policy: {aggregate(errors)}"} if errors else {}
    enforced = evaluator.evaluate(pod, policy.enforce) if enforce else None
    if enforced is not None:
        audit["enforce-policy"] = str(policy.enforce)
    audited = evaluator.evaluate(pod, policy.audit)
    if not audited:
        audit["audit-violations"] = _would_violate(audited)
    if enforced is not None and not enforced:
        violated = f"violates PodSecurity {quote(str(policy.enforce))}: {enforced.detail}"
        message = f"pods {quote(context.name)} is forbidden: {violated}"
        return PSAdmission(False, message, (), audit, enforced, audited)
    warned = evaluator.evaluate(pod, policy.warn)
    warnings = () if warned else (_would_violate(warned),)
    return PSAdmission(True, None, warnings, audit, enforced, audited, warned)


def _would_violate(evaluation: Evaluation) -> str:
    return f"would violate PodSecurity {quote(str(evaluation.level_version))}: {evaluation.detail}"

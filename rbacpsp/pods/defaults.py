"""Fills in the API server's defaults for a pod, or for the pod template of a workload.

Source: pkg/apis/core/v1/defaults.go and zz_generated.defaults.go, 1.24; for the service account's two names
pkg/apis/core/v1/conversion.go.
"""

from collections.abc import Mapping
from typing import Any

from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.model.result import one_line
from rbacpsp.model.version import V1_24, Version
from rbacpsp.pods.known_fields import drop_unknown_fields
from rbacpsp.pods.parts import created_containers, pod_containers
from rbacpsp.pods.pod_resources import default_pod_resources
from rbacpsp.pods.quantity import canonical_quantity
from rbacpsp.pods.shape import convert_shape, plain_copy
from rbacpsp.pods.shape_of_defaults import PodLike
from rbacpsp.pods.volume_defaults import default_field_source, default_pull_policy, default_volume

TEMPLATES: Mapping[str, tuple[str, ...]] = FrozenDict(
    {
        "CronJob": ("spec", "jobTemplate", "spec", "template"),
        "DaemonSet": ("spec", "template"),
        "Deployment": ("spec", "template"),
        "Job": ("spec", "template"),
        "Pod": (),
        "PodTemplate": ("template",),
        "ReplicaSet": ("spec", "template"),
        "ReplicationController": ("spec", "template"),
        "StatefulSet": ("spec", "template"),
    }
)
"""The paths of the pod in each kind: metadata and spec."""

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("postStart", "preStop")
_PROBE_DEFAULTS = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_INIT_CONTAINER_ANNOTATIONS = tuple(
    f"pod.{stage}.kubernetes.io/init-container{suffix}"
    for stage in ("alpha", "beta")
    for suffix in ("s", "-statuses")
)
_GRACE_MENDED_SINCE = Version(1, 27)
"""Since this version a negative terminationGracePeriodSeconds becomes 1."""
_POD_LEVEL_SINCE = Version(1, 34)
"""Since this version a pod can have resources itself: the feature gate PodLevelResources is on."""
_PORTS_NOT_IN_TEMPLATES = Version(1, 28)
"""Since this version a template's ports get their host ports only when a pod is created."""


def no_template_words(kind: str) -> str:
    """The message about an object of a kind whose objects contain no pod."""
    kind_words = one_line(kind) or "an object without a kind"
    return f"{kind_words} contains no pod: use one of {', '.join(TEMPLATES)}"


def set_defaults(kind: str, obj: JSONObject, version: Version = V1_24) -> JSONObject:
    """A copy of an object, without nulls, in which the defaults of its pod are filled in.

    The fields of the workload itself (replicas, strategy) are not defaulted.

    Raises:
        ValueError: The kind has no pod, or a field has the wrong type; the message begins with its path.
    """
    path = TEMPLATES.get(kind)
    if path is None:
        raise ValueError(no_template_words(kind))
    result: JSONObject = plain_copy(obj)
    holder: Any = result
    for depth, key in enumerate(path):
        if not isinstance(holder, dict):
            raise ValueError(f"{'.'.join(path[:depth])} must be an object")
        holder = holder.setdefault(key, {})
    convert_shape(holder, PodLike, ".".join(path))
    _default_pod(holder, version, in_template=bool(path))
    return result


def _default_pod(pod: JSONObject, version: Version, *, in_template: bool) -> None:
    metadata = pod.get("metadata")
    if metadata and (annotations := metadata.get("annotations")):
        for key in _INIT_CONTAINER_ANNOTATIONS:
            annotations.pop(key, None)
    spec = pod.setdefault("spec", {})
    drop_unknown_fields(spec, version)
    if not in_template:
        for container in created_containers(spec):
            _request_limits(container)
        if version >= _POD_LEVEL_SINCE:
            default_pod_resources(spec)
        spec.setdefault("enableServiceLinks", True)
    _fill(spec, "dnsPolicy", "ClusterFirst")
    _fill(spec, "restartPolicy", "Always")
    if spec.get("hostNetwork") and not (in_template and version >= _PORTS_NOT_IN_TEMPLATES):
        _default_host_ports(spec)
    for sysctl in spec.setdefault("securityContext", {}).get("sysctls", ()):
        sysctl.setdefault("value", "")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    if version >= _GRACE_MENDED_SINCE and not in_template and spec["terminationGracePeriodSeconds"] < 0:
        spec["terminationGracePeriodSeconds"] = 1
    _fill(spec, "schedulerName", "default-scheduler")
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for volume in spec.get("volumes", ()):
        default_volume(volume, version)
    for container in pod_containers(spec):
        _default_container(container)
    _round_quantities(spec, "overhead")


def _fill(holder: JSONObject, key: str, value: Any) -> None:
    """Set a field that is absent or has its type's zero value."""
    if not holder.get(key):
        holder[key] = value


def _request_limits(container: JSONObject) -> None:
    """Limits without requests are requests too (pods only, not templates)."""
    resources = container.get("resources", {})
    limits = resources.get("limits")
    if limits is not None:
        resources["requests"] = {**limits, **resources.get("requests", {})}


def _default_host_ports(spec: JSONObject) -> None:
    """Make every container port a host port, as in a pod on the host's network."""
    for container in created_containers(spec):
        for port in container.get("ports", ()):
            if port.get("containerPort"):
                _fill(port, "hostPort", port["containerPort"])


def _default_container(container: JSONObject) -> None:
    if not container.get("imagePullPolicy"):
        container["imagePullPolicy"] = default_pull_policy(container.get("image", ""))
    _fill(container, "terminationMessagePath", "/dev/termination-log")
    _fill(container, "terminationMessagePolicy", "File")
    for port in container.get("ports", ()):
        _fill(port, "protocol", "TCP")
    for variable in container.get("env", ()):
        default_field_source(variable.get("valueFrom", {}))
    resources = container.setdefault("resources", {})
    _round_quantities(resources, "limits")
    _round_quantities(resources, "requests")
    for name in _PROBES:
        if name in container:
            _default_probe(container[name])
    for name in _HANDLERS:
        handler = container.get("lifecycle", {}).get(name, {})
        if "httpGet" in handler:
            _default_http_get(handler["httpGet"])


def _default_probe(probe: JSONObject) -> None:
    for key, value in _PROBE_DEFAULTS.items():
        _fill(probe, key, value)
    if "httpGet" in probe:
        _default_http_get(probe["httpGet"])
    if "grpc" in probe:
        probe["grpc"].setdefault("service", "")


def _default_http_get(action: JSONObject) -> None:
    _fill(action, "path", "/")
    _fill(action, "scheme", "HTTP")
    for header in action.get("httpHeaders", ()):
        header.setdefault("value", "")


def _round_quantities(holder: JSONObject, key: str) -> None:
    """Write every quantity of a resource list as the server does."""
    for name, quantity in holder.get(key, {}).items():
        holder[key][name] = canonical_quantity(str(quantity))

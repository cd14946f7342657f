"""Spark applications: the pods of driver and executors, each from its own template.

The operator's webhook sets the fields of the application in them; the first container of a template runs
Spark.

Source: kubeflow/spark-operator v2.1.0, api/v1beta2/sparkapplication_types.go and
internal/webhook/sparkpod_defaulter.go.
"""

from collections.abc import Iterator

from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import ValuePath, values_at
from rbacpsp.pods.custom.pod import Assembly, CustomPod, inside, merge

_ROLES = ("driver", "executor")
_CONTAINER = ("env", "envFrom", "securityContext", "volumeMounts")
"""The fields of an application that apply to the container of Spark."""
_RENAMED = {"securityContext": "podSecurityContext", "serviceAccountName": "serviceAccount"}
"""Fields of a pod's spec, by their names in an application."""
_SAME = ("hostNetwork", "hostAliases", "dnsConfig", "runtimeClassName", "shareProcessNamespace")
_OF_TEMPLATE = ("hostPID", "hostIPC", "automountServiceAccountToken", "imagePullSecrets", "dnsPolicy")


def pods(body: JSONObject) -> Iterator[CustomPod]:
    """The pods of a SparkApplication, or of those that a ScheduledSparkApplication creates."""
    for root in (".spec.template", ".spec"):
        for spec_path, spec in values_at(body, root):
            if isinstance(spec, dict) and any(isinstance(spec.get(role), dict) for role in _ROLES):
                for role in _ROLES:
                    if isinstance(spec.get(role), dict):
                        yield _assemble(spec, spec[role], spec_path, (*spec_path, role)).pod(body)
                return


def _assemble(spec: JSONObject, role: JSONObject, spec_path: ValuePath, role_path: ValuePath) -> Assembly:
    assembly = Assembly(role_path)
    for _, metadata in values_at(role, ".template.metadata"):
        assembly.metadata = metadata
    container_settings = {key: role[key] for key in _CONTAINER if role.get(key) is not None}
    template_containers = inside(role, ".template.spec.containers[*]", role_path)
    first = template_containers[:1] or [(role_path, {"name": f"spark-kubernetes-{role_path[-1]}"})]
    assembly.add("containers", first, lambda container: merge(container, container_settings))
    assembly.add("containers", template_containers[1:])
    assembly.add("containers", inside(role, ".sidecars[*]", role_path))
    for path in (".template.spec.initContainers[*]", ".initContainers[*]"):
        assembly.add("initContainers", inside(role, path, role_path))
    assembly.add("volumes", inside(role, ".template.spec.volumes[*]", role_path))
    assembly.add("volumes", inside(spec, ".volumes[*]", spec_path))
    for field in (*_RENAMED, *_SAME, *_OF_TEMPLATE):
        role_field = _RENAMED.get(field, field)
        assembly.choose(
            field,
            (*role_path, "template", "spec", field) if field in _OF_TEMPLATE else (*role_path, role_field),
            [] if field in _OF_TEMPLATE else inside(role, f".{role_field}", role_path),
            inside(role, f".template.spec.{field}", role_path),
        )
    return assembly

"""Spark applications: the pods of driver and executors, which start from a template of their own.

The operator's webhook sets the fields of the application in them; the first container of a template is
Spark's own.

Source: kubeflow/spark-operator v2.1.0, api/v1beta2/sparkapplication_types.go and
internal/webhook/sparkpod_defaulter.go.
"""

from collections.abc import Iterator

from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import Place, places
from rbacpsp.pods.custom.pod import Assembly, CustomPod, inside, merged

_ROLES = ("driver", "executor")
_CONTAINER = ("env", "envFrom", "securityContext", "volumeMounts")
"""The fields of an application that set up Spark's own container."""
_RENAMED = {"securityContext": "podSecurityContext", "serviceAccountName": "serviceAccount"}
"""Fields of a pod's spec, by their names in an application."""
_SAME = ("hostNetwork", "hostAliases", "dnsConfig", "runtimeClassName", "shareProcessNamespace")
_OF_TEMPLATE = ("hostPID", "hostIPC", "automountServiceAccountToken", "imagePullSecrets", "dnsPolicy")


def pods(body: JSONObject) -> Iterator[CustomPod]:
    """The pods of a SparkApplication, or of those that a ScheduledSparkApplication makes."""
    for root in (".spec.template", ".spec"):
        for where, spec in places(body, root):
            if isinstance(spec, dict) and any(isinstance(spec.get(role), dict) for role in _ROLES):
                for role in _ROLES:
                    if isinstance(spec.get(role), dict):
                        yield _assembled(spec, spec[role], where, (*where, role)).pod(body)
                return


def _assembled(spec: JSONObject, role: JSONObject, where: Place, place: Place) -> Assembly:
    assembly = Assembly(place)
    for _, metadata in places(role, ".template.metadata"):
        assembly.metadata = metadata
    own = {key: role[key] for key in _CONTAINER if role.get(key) is not None}
    written = inside(role, ".template.spec.containers[*]", place)
    first = written[:1] or [(place, {"name": f"spark-kubernetes-{place[-1]}"})]
    assembly.add("containers", first, lambda container: merged(container, own))
    assembly.add("containers", written[1:])
    assembly.add("containers", inside(role, ".sidecars[*]", place))
    for path in (".template.spec.initContainers[*]", ".initContainers[*]"):
        assembly.add("initContainers", inside(role, path, place))
    assembly.add("volumes", inside(role, ".template.spec.volumes[*]", place))
    assembly.add("volumes", inside(spec, ".volumes[*]", where))
    for field in (*_RENAMED, *_SAME, *_OF_TEMPLATE):
        named = _RENAMED.get(field, field)
        assembly.choose(
            field,
            (*place, "template", "spec", field) if field in _OF_TEMPLATE else (*place, named),
            [] if field in _OF_TEMPLATE else inside(role, f".{named}", place),
            inside(role, f".template.spec.{field}", place),
        )
    return assembly

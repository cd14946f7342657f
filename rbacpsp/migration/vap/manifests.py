"""The parts that policies and bindings of admissionregistration.k8s.io have in common."""

from collections.abc import Iterable, Sequence

from rbacpsp.migration.gap import Gap
from rbacpsp.migration.labels import NAME, object_metadata
from rbacpsp.migration.task import Options
from rbacpsp.model.json import JSONObject

GROUP = "admissionregistration.k8s.io"


def manifest(
    version: str, kind: str, spec: JSONObject, policies: Iterable[str], gaps: Sequence[Gap]
) -> JSONObject:
    """An object with its labels and the annotations for its policies and gaps."""
    return {
        "apiVersion": f"{GROUP}/{version}",
        "kind": kind,
        "metadata": object_metadata(NAME, policies, gaps),
        "spec": spec,
    }


def rule(operations: Iterable[str], resource: str) -> JSONObject:
    """Matches requests for pods or a subresource.

    The scope is the server's default; without it, every further `kubectl apply` would change the object.
    """
    return {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": list(operations),
        "resources": [resource],
        "scope": "*",
    }


def binding_spec(options: Options) -> JSONObject:
    """A binding to the policy of the same name, in every namespace except the excluded ones."""
    spec: JSONObject = {"policyName": NAME}
    if options.excluded_namespaces:
        selector = {
            "key": "kubernetes.io/metadata.name",
            "operator": "NotIn",
            "values": list(options.excluded_namespaces),
        }
        spec["matchResources"] = {"namespaceSelector": {"matchExpressions": [selector]}}
    return spec

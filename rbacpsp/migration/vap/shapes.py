"""What the policies and bindings of admissionregistration.k8s.io have in common."""

from collections.abc import Iterable, Sequence

from rbacpsp.migration.gap import Gap
from rbacpsp.migration.labels import NAME, described
from rbacpsp.migration.task import Options
from rbacpsp.model.json import JSONObject

GROUP = "admissionregistration.k8s.io"


def made(
    version: str, kind: str, spec: JSONObject, policies: Iterable[str], gaps: Sequence[Gap]
) -> JSONObject:
    """An object with its labels, and the policies and gaps that it stands for."""
    return {
        "apiVersion": f"{GROUP}/{version}",
        "kind": kind,
        "metadata": described(NAME, policies, gaps),
        "spec": spec,
    }


def rule(operations: Iterable[str], resource: str) -> JSONObject:
    """Requests for pods, or for a part of them.

    The scope is the server's default: left out, every further `kubectl apply` would write the rule anew.
    """
    return {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": list(operations),
        "resources": [resource],
        "scope": "*",
    }


def binding_spec(options: Options) -> JSONObject:
    """A binding to the policy of the same name, in every namespace but those that are left alone."""
    spec: JSONObject = {"policyName": NAME}
    if options.excluded_namespaces:
        selector = {
            "key": "kubernetes.io/metadata.name",
            "operator": "NotIn",
            "values": list(options.excluded_namespaces),
        }
        spec["matchResources"] = {"namespaceSelector": {"matchExpressions": [selector]}}
    return spec

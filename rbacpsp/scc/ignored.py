"""The pods and requests that the plugin does not check.

Source: openshift/kubernetes openshift-kube-apiserver/admission/namespaceconditions; apiserver-library-go
pkg/securitycontextconstraints/sccadmission/admission.go shouldIgnore, release-4.21.
"""

from collections.abc import Mapping

from rbacpsp.model.json import JSONObject
from rbacpsp.pods.canonical import canonical

EXEMPT = frozenset(
    {"default", "kube-system", "kube-public", "openshift-node", "openshift-infra", "openshift"}
)
"""The namespaces that are exempt whatever their labels."""
_RUN_LEVEL, _RUN_LEVELS = "openshift.io/run-level", frozenset({"0", "1"})
DISABLED = "security.openshift.io/disable-securitycontextconstraints"
"""The label that exempts a namespace if its value is `true`."""
_OVN = "k8s.ovn.org/pod-networks"
_NETWORK_AND_OWNERS = ("ownerReferences", "finalizers")

IGNORED_SUBRESOURCES = frozenset(
    {"exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"}
)
"""The subresources of pods that are not checked; all others are."""


def exempt(namespace: str, labels: Mapping[str, str]) -> str:
    """Why a namespace is exempt; empty if it is not."""
    if namespace in EXEMPT:
        return f"security context constraints are not checked in namespace {namespace}"
    if labels.get(_RUN_LEVEL) in _RUN_LEVELS:
        return f"the namespace has the label {_RUN_LEVEL}={labels[_RUN_LEVEL]}"
    if labels.get(DISABLED) == "true":
        return f"the namespace has the label {DISABLED}=true"
    return ""


def for_windows(pod: JSONObject) -> str:
    """Why a Windows pod is not checked; empty for other pods."""
    windows = pod.get("spec", {}).get("os", {}).get("name") == "windows"
    return "security context constraints do not judge Windows pods" if windows else ""


def only_metadata_changed(pod: JSONObject, old: JSONObject) -> str:
    """Why an update is not checked; empty if it is. Both pods must have their defaults."""
    if canonical(pod.get("spec", {})) != canonical(old.get("spec", {})):
        return ""
    if _relevant_metadata(pod) != _relevant_metadata(old):
        return ""
    return "the update changes nothing but owners, finalizers and the pod's networks"


def _relevant_metadata(pod: JSONObject) -> JSONObject:
    """The metadata whose change requires a check of the update."""
    metadata = canonical(pod.get("metadata", {}))
    annotations = dict(metadata.pop("annotations", {}))
    annotations.pop(_OVN, None)
    ignored = (*_NETWORK_AND_OWNERS, "managedFields", "resourceVersion")
    relevant = {key: value for key, value in metadata.items() if key not in ignored}
    return {**relevant, "annotations": annotations}

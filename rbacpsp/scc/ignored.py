"""Which pods and requests the plugin does not judge.

Source: openshift/kubernetes openshift-kube-apiserver/admission/namespaceconditions; apiserver-library-go
pkg/securitycontextconstraints/sccadmission/admission.go shouldIgnore, release-4.21.
"""

from collections.abc import Mapping

from rbacpsp.model.json import JSONObject
from rbacpsp.pods.canonical import canonical

EXEMPT = frozenset(
    {"default", "kube-system", "kube-public", "openshift-node", "openshift-infra", "openshift"}
)
"""The namespaces in which nothing is judged, whatever their labels."""
_RUN_LEVEL, _RUN_LEVELS = "openshift.io/run-level", frozenset({"0", "1"})
DISABLED = "security.openshift.io/disable-securitycontextconstraints"
"""The label that, with `true`, has nothing judged in a namespace."""
_OVN = "k8s.ovn.org/pod-networks"
_NETWORK_AND_OWNERS = ("ownerReferences", "finalizers")

UNJUDGED_SUBRESOURCES = frozenset(
    {"exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"}
)
"""Subresources of pods that are not judged; any other is."""


def exempt(namespace: str, labels: Mapping[str, str]) -> str:
    """Why no pod of a namespace is judged; empty where they are."""
    if namespace in EXEMPT:
        return f"security context constraints are not asked in namespace {namespace}"
    if labels.get(_RUN_LEVEL) in _RUN_LEVELS:
        return f"the namespace has the label {_RUN_LEVEL}={labels[_RUN_LEVEL]}"
    if labels.get(DISABLED) == "true":
        return f"the namespace has the label {DISABLED}=true"
    return ""


def for_windows(pod: JSONObject) -> str:
    """Why a pod is not judged by what it runs on; empty where it is."""
    windows = pod.get("spec", {}).get("os", {}).get("name") == "windows"
    return "security context constraints do not judge Windows pods" if windows else ""


def only_metadata_changed(pod: JSONObject, old: JSONObject) -> str:
    """Why an update is not judged by what it changes; empty where it is. Both pods are defaulted."""
    if canonical(pod.get("spec", {})) != canonical(old.get("spec", {})):
        return ""
    if _compared(pod) != _compared(old):
        return ""
    return "the update changes nothing but owners, finalizers and the pod's networks"


def _compared(pod: JSONObject) -> JSONObject:
    """The metadata whose change has an update judged."""
    metadata = canonical(pod.get("metadata", {}))
    annotations = dict(metadata.pop("annotations", {}))
    annotations.pop(_OVN, None)
    ignored = (*_NETWORK_AND_OWNERS, "managedFields", "resourceVersion")
    kept = {key: value for key, value in metadata.items() if key not in ignored}
    return {**kept, "annotations": annotations}

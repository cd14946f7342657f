"""What the RuntimeClass plugin says of a pod, as far as the pod alone tells; RuntimeClasses are not read.

Source: plugin/pkg/admission/runtimeclass/admission.go validateOverhead, 1.24.
"""

import re

from rbacpsp.model.json import JSONObject

_REFUSAL = re.compile(
    r"pod rejected: (RuntimeClass \".*\" not found"
    r"|Pod's Overhead doesn't match RuntimeClass's defined Overhead"
    r"|Pod Overhead set without corresponding RuntimeClass defined Overhead)\Z"
)


def runtime_class_refusal(pod: JSONObject) -> str:
    """Why the plugin refuses a prepared pod: overhead is the RuntimeClass' to set; empty if it takes it.

    A pod that names a RuntimeClass is taken to fit it.
    """
    spec = pod.get("spec", {})
    if "overhead" in spec and spec.get("runtimeClassName") is None:
        return "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
    return ""


def is_of_runtime_class(words: str) -> bool:
    """Whether a refusal is the plugin's."""
    return _REFUSAL.search(words) is not None

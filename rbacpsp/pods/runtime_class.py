"""The refusals of the RuntimeClass admission plugin that do not depend on the RuntimeClasses.

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
    """Why the plugin refuses a prepared pod that sets overhead itself; empty if it accepts the pod.

    A pod that names a RuntimeClass is assumed to match it.
    """
    spec = pod.get("spec", {})
    if "overhead" in spec and spec.get("runtimeClassName") is None:
        return "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
    return ""


def is_of_runtime_class(words: str) -> bool:
    """Whether a refusal is from this plugin."""
    return _REFUSAL.search(words) is not None

"""Words the message of a refusal by an admission plugin.

Source: apiserver/pkg/admission/errors.go and apimachinery/pkg/api/errors NewForbidden, 0.24.
"""

from rbacpsp.model.go import quote
from rbacpsp.model.json import JSONObject


def forbidden(pod: JSONObject, reason: str) -> str:
    """The API's message when a plugin refuses a pod; a pod without a name is named by its generateName."""
    metadata = pod.get("metadata", {})
    name = metadata.get("name") or metadata.get("generateName") or "Unknown"
    return f"pods {quote(name)} is forbidden: {reason}"

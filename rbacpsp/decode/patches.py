"""Recognizes patches for kustomize and kubectl, which look like objects but are not.

A strategic merge patch may contain keys such as `$patch` that tell what to do with a list or an object.
Others are objects without the fields that they leave unchanged; only a kustomization tells that those are
patches. Source: apimachinery/pkg/util/strategicpatch/patch.go (1.24), and kustomize's kinds of patches.
"""

from typing import Any

_WHOLE_DIRECTIVES = frozenset({"$patch", "$retainKeys"})
_DIRECTIVES = ("$setElementOrder/", "$deleteFromPrimitiveList/")
_LEAVES = 64
"""The depth of the search; no Kubernetes object is deeper."""
ADVICE = "render it with kubectl kustomize, and read the result"
WORDS = "this is a patch, not an object: it was skipped"


def is_directive(key: str) -> bool:
    """Whether a key tells how its object is merged into another."""
    return key in _WHOLE_DIRECTIVES or key.startswith(_DIRECTIVES)


def has_directive(value: Any, depth: int = 0) -> bool:
    """Whether a key within a value is a directive."""
    if depth > _LEAVES:
        return False
    if isinstance(value, dict):
        return any(is_directive(str(key)) or has_directive(inner, depth + 1) for key, inner in value.items())
    return isinstance(value, list | tuple) and any(has_directive(inner, depth + 1) for inner in value)


def is_json_patch(value: Any) -> bool:
    """Whether a value is a list of operations (RFC 6902)."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(operation, dict) and {"op", "path"} <= operation.keys() for operation in value)
    )


def is_patch(kind: str, body: dict[str, Any], *, marked: bool) -> bool:
    """Whether an object is a patch of another.

    An object with all fields that its kind requires is not a patch, even where it is `marked` by directives:
    a server ignores them and stores the object.
    """
    return body.get("$patch") == "delete" or (marked and not is_whole(kind, body))


def is_whole(kind: str, body: dict[str, Any]) -> bool:
    """Whether an object has what its kind requires, so that it need not be a patch."""
    if kind in {"RoleBinding", "ClusterRoleBinding"}:
        return bool(body.get("roleRef"))
    if kind in {"Role", "ClusterRole"}:
        return "rules" in body or "aggregationRule" in body
    if kind == "PodSecurityPolicy":
        return bool(body.get("spec"))
    if kind == "SecurityContextConstraints":
        return "runAsUser" in body and "seLinuxContext" in body
    if kind in {"Namespace", "ServiceAccount"}:
        return True
    spec = _pod_spec(body)
    containers = spec.get("containers") if isinstance(spec, dict) else None
    return (
        isinstance(containers, list)
        and bool(containers)
        and all(
            isinstance(container, dict) and container.get("name") and container.get("image")
            for container in containers
        )
    )


def _pod_spec(body: dict[str, Any]) -> Any:
    """The spec of a pod, or of the pod template of a workload."""
    holder: Any = body
    for steps in (("spec", "jobTemplate"), ("spec", "template"), ("template",)):
        inner = holder
        for step in steps:
            inner = inner.get(step) if isinstance(inner, dict) else None
        if inner is not None:
            holder = inner
    return holder.get("spec") if isinstance(holder, dict) else None

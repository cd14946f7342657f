"""The API server's validation of an update of a pod, of whose spec only a few fields may change.

Source: pkg/apis/core/validation/validation.go ValidatePodUpdate, ValidatePodSpecificAnnotationUpdates and
validateOnlyAddedTolerations, 1.24 to 1.37.
"""

from collections.abc import Iterator
from typing import Any

from rbacpsp.admission.validation.pods.node_affinity import node_affinity_change_errors
from rbacpsp.admission.validation.pods.pod import MIRROR, pod_errors
from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    forbidden,
    invalid,
    invalid_object,
)
from rbacpsp.model.go_values import go_map
from rbacpsp.model.json import JSONObject
from rbacpsp.model.text_validation import range_errors
from rbacpsp.model.version import Version
from rbacpsp.pods.canonical import canonical

_SPEC, _ANNOTATIONS = FieldPath.of("spec"), FieldPath.of("metadata", "annotations")
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_LONGEST_SECONDS = (1 << 31) - 1
_GIVEN_TO_ALL = tuple(
    {"key": f"node.kubernetes.io/{state}", "operator": "Exists", "effect": "NoExecute"}
    for state in ("not-ready", "unreachable")
)
"""The tolerations that the plugin DefaultTolerationSeconds adds, on an update too."""
_JOINED_SINCE = Version(1, 27)
_GATES_SINCE = Version(1, 27)
_CHANGEABLE = (
    "`spec.containers[*].image`",
    "`spec.initContainers[*].image`",
    "`spec.activeDeadlineSeconds`",
    "`spec.tolerations` (only additions to existing tolerations)",
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
)


def pod_update_refusal(pod: JSONObject, old: JSONObject | None, version: Version) -> str | None:
    """The server's message about an update of a pod; None if it is valid.

    Where fields of the spec change that may not, the server appends the difference, which is left out here.
    Without the old pod only the new one is validated.
    """
    errors = list(pod_errors(pod, version))
    if old is not None:
        errors += pod_change_errors(canonical(pod), canonical(old), version)
    return invalid_object("Pod", "", pod.get("metadata", {}).get("name", ""), errors) if errors else None


def pod_change_errors(pod: JSONObject, old: JSONObject, version: Version) -> Iterator[FieldError]:
    """What an update of a pod may not change; both pods are defaulted and in the server's form."""
    yield from _annotation_errors(pod, old)
    spec, before = pod.get("spec", {}), old.get("spec", {})
    for kind in ("containers", "initContainers"):
        if len(spec.get(kind) or ()) != len(before.get(kind) or ()):
            yield forbidden(_SPEC.child(kind), "pod updates may not add or remove containers")
            return
    deadlines = list(_deadline_errors(spec, before, version))
    yield from deadlines
    if deadlines and spec.get("activeDeadlineSeconds") is not None:
        return
    yield from _toleration_errors(spec, before)
    if version >= _GATES_SINCE:
        yield from _gate_errors(spec, before)
    if before.get("schedulingGates") and version >= _GATES_SINCE:
        yield from _selector_errors(spec, before, version)
        yield from node_affinity_change_errors(spec, before, version)
    if _fixed(spec, before, version) != _fixed(before, before, version):
        words = ",".join(_CHANGEABLE)
        if version < _JOINED_SINCE:
            words = f"{', '.join(_CHANGEABLE[:-1])} or {_CHANGEABLE[-1]}"
        yield forbidden(_SPEC, f"pod updates may not change fields other than {words}")


def _annotation_errors(pod: JSONObject, old: JSONObject) -> Iterator[FieldError]:
    new, before = (manifest.get("metadata", {}).get("annotations", {}) for manifest in (pod, old))
    for did, keys in (
        ("remove or update", [key for key in before if new.get(key) != before[key]]),
        ("add", [key for key in new if key not in before]),
    ):
        for key in keys:
            if key.startswith(_APPARMOR):
                yield forbidden(_ANNOTATIONS.key(key), f"may not {did} AppArmor annotations")
            if key == MIRROR:
                yield forbidden(_ANNOTATIONS.key(key), f"may not {did} mirror pod annotation")


def _deadline_errors(spec: JSONObject, before: JSONObject, version: Version) -> Iterator[FieldError]:
    seconds, old = spec.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds")
    at = _SPEC.child("activeDeadlineSeconds")
    if seconds is None:
        if old is not None:
            yield invalid(at, None, "must not update from a positive integer to nil value", version)
        return
    words = range_errors(seconds, 0, _LONGEST_SECONDS)
    yield from (invalid(at, seconds, word) for word in words)
    if not words and old is not None and old < seconds:
        yield invalid(at, seconds, "must be less than or equal to previous value")


def _toleration_errors(spec: JSONObject, before: JSONObject) -> Iterator[FieldError]:
    def plain(toleration: JSONObject) -> JSONObject:
        return {key: value for key, value in toleration.items() if key != "tolerationSeconds"}

    new = [plain(toleration) for toleration in spec.get("tolerations", ())]
    new += [
        added for added in _GIVEN_TO_ALL if not any(_covers(toleration, added["key"]) for toleration in new)
    ]
    if any(plain(toleration) not in new for toleration in before.get("tolerations", ())):
        words = "existing toleration can not be modified except its tolerationSeconds"
        yield forbidden(_SPEC.child("tolerations"), words)


def _covers(toleration: JSONObject, key: str) -> bool:
    """Whether this toleration keeps the plugin from adding its own."""
    return toleration.get("key", "") in {key, ""} and toleration.get("effect", "") in {"NoExecute", ""}


def _gate_errors(spec: JSONObject, before: JSONObject) -> Iterator[FieldError]:
    old_gates = {gate.get("name", "") for gate in before.get("schedulingGates", ())}
    for index, gate in enumerate(spec.get("schedulingGates", ())):
        name = gate.get("name", "")
        if name not in old_gates:
            words = f"only deletion is allowed, but found new scheduling gate '{name}'"
            yield forbidden(_SPEC.child("schedulingGates").index(index).child("name"), words)


def _selector_errors(spec: JSONObject, before: JSONObject, version: Version) -> Iterator[FieldError]:
    """A pod that is not scheduled yet may only narrow its choice of nodes."""
    new, old = spec.get("nodeSelector", {}), before.get("nodeSelector", {})
    if any(new.get(key) != value for key, value in old.items()):
        words = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
        yield invalid(_SPEC.child("nodeSelector"), go_map(new, version), words)


def _fixed(spec: JSONObject, before: JSONObject, version: Version) -> dict[str, Any]:
    """What an update may not change."""
    gated = bool(before.get("schedulingGates")) and version >= _GATES_SINCE
    changeable = {"activeDeadlineSeconds", "tolerations"}
    changeable |= {"schedulingGates"} if version >= _GATES_SINCE else set()
    changeable |= {"nodeSelector"} if gated else set()
    fixed: dict[str, Any] = {key: value for key, value in spec.items() if key not in changeable}
    for kind in ("containers", "initContainers"):
        fixed[kind] = [{**container, "image": ""} for container in spec.get(kind) or ()]
    if before.get("terminationGracePeriodSeconds", 0) < 0 and spec.get("terminationGracePeriodSeconds") == 1:
        fixed["terminationGracePeriodSeconds"] = before["terminationGracePeriodSeconds"]
    if gated:
        affinity = _with_node_affinity(spec.get("affinity"), before.get("affinity"))
        fixed = {key: value for key, value in fixed.items() if key != "affinity"}
        fixed |= {"affinity": affinity} if affinity is not None else {}
    return fixed


def _with_node_affinity(new: JSONObject | None, old: JSONObject | None) -> JSONObject | None:
    """The new affinity with the old node affinity, which may change while a pod is not scheduled."""
    kept = (old or {}).get("nodeAffinity")
    if (new or {}).get("nodeAffinity") == kept:
        return new
    others = {key: value for key, value in (new or {}).items() if key != "nodeAffinity"}
    if not others and kept is None and old is None:
        return None
    return {**others, **({"nodeAffinity": kept} if kept is not None else {})}

"""Fixes what can be fixed automatically, so that a pod meets a level, and reports the rest.

Four requirements of the restricted level can be set without knowing the program in the container: run as
non-root, no privilege escalation, a seccomp profile, no capabilities. Other values are replaced, and each
edit says what it replaces. The result is evaluated again, and what still fails is reported.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.model.workload import Manifest
from rbacpsp.pss.evaluate import Evaluation, Failure, evaluator_for
from rbacpsp.pss.levels import LevelVersion, server_of
from rbacpsp.pss.paths import Path, parse_path, path_text, value_at, with_value
from rbacpsp.pss.reading import kind_of, read_pod, template_path


class FieldEdit(NamedTuple):
    """One field that is set."""

    path: Path
    value: Any
    replaced: Any = None
    """The old value; None where there was none."""
    check: str = ""
    """The id of the check that requires it."""

    @property
    def field(self) -> str:
        """The path as messages write it."""
        return path_text(self.path)


class Remaining(NamedTuple):
    """A failure that is not fixed, and why."""

    failure: Failure
    why: str


@dataclass(frozen=True, slots=True)
class PodSecurityFix:
    """An object that was fixed as far as possible."""

    obj: JSONObject
    """The object after the edits; the passed object is unchanged."""
    edits: tuple[FieldEdit, ...]
    patch: JSONObject
    """The edits as a strategic merge patch; empty without edits."""
    remaining: tuple[Remaining, ...]
    evaluation: Evaluation
    """The evaluation of the object after the edits."""

    @property
    def complete(self) -> bool:
        """Whether the object meets the level now."""
        return self.evaluation.allowed


def fix(
    obj: dict[str, Any] | Manifest,
    level: str = "restricted",
    version: str = "latest",
    kubernetes_version: Version | None = None,
) -> PodSecurityFix:
    """Fix a pod or a workload's template as far as possible.

    Not fixed but reported are: containers that run as root; privilege escalation of containers that are
    privileged or add SYS_ADMIN, which cannot forbid it (the API server refuses that); added capabilities,
    host access, volumes and everything else that the program may need.

    Raises:
        ValueError: Unknown level or version, an object without a pod, or a field of the wrong type.
    """
    server = server_of(kubernetes_version)
    level_version = LevelVersion.of(level, version)
    manifest = _manifest(obj)
    edits: dict[Path, FieldEdit] = {}
    evaluation = _evaluated(manifest, level_version, server)
    # A check reports missing values only when no forbidden value is left.
    while new_edits := [
        edit
        for failure in evaluation.failures
        for edit in _edits(manifest, failure)
        if edit.path not in edits
    ]:
        for edit in new_edits:
            manifest = with_value(manifest, edit.path, edit.value)
            edits.setdefault(edit.path, edit)
        evaluation = _evaluated(manifest, level_version, server)
    edit_list = tuple(edits.values())
    return PodSecurityFix(
        obj=manifest,
        edits=edit_list,
        patch=strategic_merge_patch(manifest, edit_list),
        remaining=tuple(Remaining(failure, _why(failure)) for failure in evaluation.failures),
        evaluation=evaluation,
    )


def _manifest(obj: dict[str, Any] | Manifest) -> JSONObject:
    """The complete object, with its kind, which items of a typed List lack."""
    return {**obj.body, "kind": kind_of(obj)} if isinstance(obj, Manifest) else obj


def _evaluated(obj: JSONObject, level_version: LevelVersion, server: Version) -> Evaluation:
    return evaluator_for(server).evaluate(read_pod(obj, server), level_version)


def _edits(obj: JSONObject, failure: Failure) -> Iterator[FieldEdit]:
    """The edits that fix a failure; empty where a person must decide."""
    edits_of = _FIXES.get(failure.check)
    if edits_of is not None:
        for path, value in edits_of(obj, [parse_path(field) for field in failure.fields]):
            yield FieldEdit(path, value, value_at(obj, path), failure.check)


def _forbid_escalation(obj: JSONObject, fields: list[Path]) -> Iterator[tuple[Path, Any]]:
    for path in fields:
        context = value_at(obj, path[:-1])
        added = value_at(context, ("capabilities", "add"))
        needs_it = value_at(context, ("privileged",)) is True or (
            isinstance(added, list) and bool({"SYS_ADMIN", "CAP_SYS_ADMIN"}.intersection(added))
        )
        if not needs_it:
            yield path, False


def _drop_all(obj: JSONObject, fields: list[Path]) -> Iterator[tuple[Path, Any]]:
    for path in fields:
        if path[-1] == "drop":
            yield path, [*_list_at(obj, path), "ALL"]


def _list_at(obj: JSONObject, path: Path) -> list[Any]:
    value = value_at(obj, path)
    return value if isinstance(value, list) else []


def _non_root(obj: JSONObject, fields: list[Path]) -> Iterator[tuple[Path, Any]]:
    """Replace false with true; where nothing is set, set true once for the pod."""
    contexts = [_pod_path(obj, "spec", "securityContext"), *_container_contexts(obj)]
    if any(value_at(obj, (*context, "runAsUser")) == 0 for context in contexts):
        return
    explicit = [path for path in fields if value_at(obj, path) is not None]
    for path in explicit or [_pod_path(obj, "spec", "securityContext", "runAsNonRoot")]:
        yield path, True


def _seccomp(obj: JSONObject, fields: list[Path]) -> Iterator[tuple[Path, Any]]:
    """Replace a forbidden profile with the runtime's; where none is set, set it once for the pod."""
    if any("annotations" in path for path in fields):
        return
    explicit = [path for path in fields if value_at(obj, path[:-1]) is not None]
    for path in explicit or [_pod_path(obj, "spec", "securityContext", "seccompProfile", "type")]:
        yield path, "RuntimeDefault"


def _pod_path(obj: JSONObject, *path: str) -> Path:
    return (*template_path(kind_of(obj)), *path)


def _container_contexts(obj: JSONObject) -> Iterator[Path]:
    for key in ("initContainers", "containers", "ephemeralContainers"):
        containers = _pod_path(obj, "spec", key)
        for i in range(len(_list_at(obj, containers))):
            yield (*containers, i, "securityContext")


_FIXES: dict[str, Callable[[JSONObject, list[Path]], Iterator[tuple[Path, Any]]]] = {
    "allowPrivilegeEscalation": _forbid_escalation,
    "capabilities_restricted": _drop_all,
    "runAsNonRoot": _non_root,
    "seccompProfile_baseline": _seccomp,
    "seccompProfile_restricted": _seccomp,
}
"""The checks whose failures can be fixed automatically."""

_WHY = {
    "allowPrivilegeEscalation": "a privileged container, or one with SYS_ADMIN, cannot forbid it",
    "capabilities_restricted": "the manifest does not show whether the program needs what it adds",
    "runAsNonRoot": "the pod or a container asks to run as user 0: choose another user first",
    "runAsUser": "choose a user other than 0 that the image can run as, or leave the choice to the image",
    "seccompProfile_baseline": "an annotation names the profile: remove it",
}


def _why(failure: Failure) -> str:
    return _WHY.get(failure.check, "the manifest does not show what the program needs: edit the fields")


def strategic_merge_patch(obj: JSONObject, edits: tuple[FieldEdit, ...]) -> JSONObject:
    """The edits as a strategic merge patch of the object: containers are found by their names.

    Raises:
        ValueError: A container has no name, which every server refuses.
    """
    patch: JSONObject = {}
    for edit in edits:
        patch_node: Any = patch
        object_node: Any = obj
        for step, following in zip(edit.path, (*edit.path[1:], None), strict=True):
            object_node = object_node[step]
            if following is None:
                patch_node[step] = edit.value
            elif isinstance(step, int):
                if not object_node.get("name"):
                    raise ValueError(
                        f"{'.'.join(map(str, edit.path[: edit.path.index(step)]))}[{step}] has no name"
                    )
                item = next((item for item in patch_node if item["name"] == object_node["name"]), None)
                if item is None:
                    item = {"name": object_node["name"]}
                    patch_node.append(item)
                patch_node = item
            else:
                patch_node = patch_node.setdefault(step, [] if isinstance(following, int) else {})
    return patch

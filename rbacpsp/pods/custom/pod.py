"""A pod that a custom resource describes, and the path in the resource of each part of the pod."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import ValuePath, values_at
from rbacpsp.pods.shape import plain_copy

LISTS = frozenset({"containers", "initContainers", "volumes"})
"""The fields of a pod's spec that are built from several fields of the resource."""


class CustomPod(Struct, frozen=True):
    """A pod as the controller of a custom resource would create it, as far as the resource shows."""

    template_path: ValuePath
    """The path of its template in the resource."""
    pod: JSONObject
    origins: tuple[tuple[ValuePath, ValuePath], ...]
    """The paths of parts of the pod in the resource, the longest first; the last is for everything else."""
    unseen: tuple[str, ...] = ()
    """The parts of the template that were not applied, a sentence each."""

    @property
    def title(self) -> str:
        """The path of its template, as `spec.driver`; empty if the resource itself is the template."""
        return path_text(self.template_path)

    def resource_path(self, field: ValuePath) -> ValuePath:
        """The path in the resource of a field of the pod."""
        for pod_path, resource_path in self.origins:
            if field[: len(pod_path)] == pod_path:
                return (*resource_path, *field[len(pod_path) :])
        return self.template_path


def path_text(path: ValuePath) -> str:
    """A path as messages write it: `spec.templates[0].container`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def from_template(template: Mapping[str, Any], path: ValuePath, body: JSONObject) -> CustomPod:
    """The pod of a template with `metadata` and `spec`."""
    spec = template.get("spec")
    return CustomPod(path, _pod(template.get("metadata"), spec, body), (((), path),))


def _pod(metadata: Any, spec: Any, body: JSONObject) -> JSONObject:
    body_metadata = body.get("metadata")
    owner: Mapping[str, Any] = body_metadata if isinstance(body_metadata, dict) else {}
    template_metadata: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
    fields = {
        key: plain_copy(template_metadata[key], key)
        for key in ("labels", "annotations")
        if template_metadata.get(key)
    }
    if owner.get("namespace"):
        fields["namespace"] = owner["namespace"]
    name = owner.get("name") or owner.get("generateName") or ""
    fields["generateName"] = f"{str(name).removesuffix('-')}-"
    return {"apiVersion": "v1", "kind": "Pod", "metadata": fields, "spec": plain_copy(spec or {})}


LocatedValues = Iterable[tuple[ValuePath, Any]]
"""Values, each with its path in the resource."""


def inside(holder: JSONObject, path: str, parent: ValuePath) -> list[tuple[ValuePath, Any]]:
    """The values at a path below a part of a resource, with their paths in the resource."""
    return [((*parent, *steps), value) for steps, value in values_at(holder, path)]


class Assembly:
    """Builds a pod from several fields of a resource."""

    def __init__(self, path: ValuePath) -> None:
        self.template_path = path
        self.metadata: Any = None
        self.unseen: list[str] = []
        self._spec: JSONObject = {}
        self._origins: dict[ValuePath, ValuePath] = {("spec",): path, (): path}

    def add(
        self, field: str, values: LocatedValues, change: Callable[[JSONObject], JSONObject] | None = None
    ) -> None:
        """Append to a list of the spec; `change` turns each value into a container."""
        items: list[Any] = self._spec.setdefault(field, [])
        for value_path, value in values:
            self._origins["spec", field, len(items)] = value_path
            items.append(change(value) if change and isinstance(value, dict) else value)

    def choose(self, field: str, default_path: ValuePath, *alternatives: LocatedValues) -> None:
        """Set a field of the spec to the first value that exists; `default_path` is its path if none does."""
        self._origins["spec", field] = default_path
        for value_path, value in (candidate for candidates in alternatives for candidate in candidates):
            self._spec[field] = value
            self._origins["spec", field] = value_path
            return

    def has_containers(self) -> bool:
        """Whether the pod has a container."""
        return bool(self._spec.get("containers"))

    def pod(self, body: JSONObject) -> CustomPod:
        """The pod; `body` is the complete resource."""
        spec = {key: value for key, value in self._spec.items() if value or key not in LISTS}
        origins = sorted(self._origins.items(), key=lambda item: -len(item[0]))
        return CustomPod(
            self.template_path, _pod(self.metadata, spec, body), tuple(origins), tuple(self.unseen)
        )


def merge(base: Any, over: Any) -> Any:
    """Merge a value into another: maps are merged, lists of named objects appended, other values replaced."""
    if isinstance(base, dict) and isinstance(over, dict):
        keys = dict.fromkeys((*base, *over))
        return {
            key: merge(base[key], over[key]) if key in base and key in over else over.get(key, base.get(key))
            for key in keys
        }
    if isinstance(base, list) and isinstance(over, list) and all(isinstance(item, dict) for item in over):
        return [*base, *over]
    return over

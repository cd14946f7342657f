"""A pod that a custom resource asks for, with the path in the resource of each part of the pod."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import Place, places
from rbacpsp.pods.shape import plain_copy

LISTS = frozenset({"containers", "initContainers", "volumes"})
"""The fields of a pod's spec that are built from several fields of the resource."""


class CustomPod(Struct, frozen=True):
    """A pod as the controller of a custom resource would submit it, as far as the resource tells."""

    place: Place
    """The path of its template in the resource."""
    pod: JSONObject
    origins: tuple[tuple[Place, Place], ...]
    """The paths of parts of the pod in the resource, the longest first; the last is for everything else."""
    unseen: tuple[str, ...] = ()
    """What of the template was not applied, a sentence each."""

    @property
    def title(self) -> str:
        """The path of its template, as `spec.driver`; empty where the resource itself is one."""
        return place_text(self.place)

    def place_of(self, field: Place) -> Place:
        """The path in the resource of a field of the pod."""
        for inside, outside in self.origins:
            if field[: len(inside)] == inside:
                return (*outside, *field[len(inside) :])
        return self.place


def place_text(place: Place) -> str:
    """A path as messages write it: `spec.templates[0].container`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")


def from_template(template: Mapping[str, Any], place: Place, body: JSONObject) -> CustomPod:
    """The pod of a template with `metadata` and `spec`."""
    spec = template.get("spec")
    return CustomPod(place, _pod(template.get("metadata"), spec, body), (((), place),))


def _pod(metadata: Any, spec: Any, body: JSONObject) -> JSONObject:
    mine = body.get("metadata")
    own: Mapping[str, Any] = mine if isinstance(mine, dict) else {}
    given: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
    kept = {key: plain_copy(given[key], key) for key in ("labels", "annotations") if given.get(key)}
    if own.get("namespace"):
        kept["namespace"] = own["namespace"]
    name = own.get("name") or own.get("generateName") or ""
    kept["generateName"] = f"{str(name).removesuffix('-')}-"
    return {"apiVersion": "v1", "kind": "Pod", "metadata": kept, "spec": plain_copy(spec or {})}


Found = Iterable[tuple[Place, Any]]
"""Values, each with its path in the resource."""


def inside(holder: JSONObject, path: str, place: Place) -> list[tuple[Place, Any]]:
    """The values at a path below a part of a resource, with their paths in the resource."""
    return [((*place, *at), value) for at, value in places(holder, path)]


class Assembly:
    """Builds a pod from several fields of a resource."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.metadata: Any = None
        self.unseen: list[str] = []
        self._spec: JSONObject = {}
        self._origins: dict[Place, Place] = {("spec",): place, (): place}

    def add(self, field: str, found: Found, change: Callable[[JSONObject], JSONObject] | None = None) -> None:
        """Append to a list of the spec; `change` turns each value into a container."""
        items: list[Any] = self._spec.setdefault(field, [])
        for place, value in found:
            self._origins["spec", field, len(items)] = place
            items.append(change(value) if change and isinstance(value, dict) else value)

    def choose(self, field: str, home: Place, *found: Found) -> None:
        """Set a field of the spec to the first value that exists; `home` is its path where none does."""
        self._origins["spec", field] = home
        for place, value in (candidate for candidates in found for candidate in candidates):
            self._spec[field] = value
            self._origins["spec", field] = place
            return

    def has_containers(self) -> bool:
        """Whether the pod has a container."""
        return bool(self._spec.get("containers"))

    def pod(self, body: JSONObject) -> CustomPod:
        """The pod; `body` is the whole resource."""
        spec = {key: value for key, value in self._spec.items() if value or key not in LISTS}
        origins = sorted(self._origins.items(), key=lambda item: -len(item[0]))
        return CustomPod(self.place, _pod(self.metadata, spec, body), tuple(origins), tuple(self.unseen))


def merged(base: Any, over: Any) -> Any:
    """Merge a value into another: maps are merged, lists of named objects appended, other values replaced."""
    if isinstance(base, dict) and isinstance(over, dict):
        keys = dict.fromkeys((*base, *over))
        return {
            key: merged(base[key], over[key]) if key in base and key in over else over.get(key, base.get(key))
            for key in keys
        }
    if isinstance(base, list) and isinstance(over, list) and all(isinstance(each, dict) for each in over):
        return [*base, *over]
    return over

"""Apply configurations of MutatingAdmissionPolicies: read as maps, and merged into a pod.

An expression returns an `Object` with the fields that it sets. The CEL runtime does not have that type, so
each `Object.spec{...}` is rewritten as a map. The result is merged as server-side apply does it: field by
field, lists by their keys; an expression that sets an atomic field is an error.

Sources: k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch/smd.go and
sigs.k8s.io/structured-merge-diff/v6/typed/merge.go (visitListItems); the lists of a pod as in
k8s.io/kubernetes/api/openapi-spec/swagger.json, 1.37.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from rbacpsp.model.json import JSONObject

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_KEYS: Mapping[str, tuple[str, ...]] = {
    **{f"spec.{field}": ("name",) for field in _CONTAINERS},
    **{f"spec.{field}.env": ("name",) for field in _CONTAINERS},
    **{f"spec.{field}.ports": ("containerPort", "protocol") for field in _CONTAINERS},
    **{f"spec.{field}.resources.claims": ("name",) for field in _CONTAINERS},
    **{f"spec.{field}.volumeDevices": ("devicePath",) for field in _CONTAINERS},
    **{f"spec.{field}.volumeMounts": ("mountPath",) for field in _CONTAINERS},
    "spec.hostAliases": ("ip",),
    "spec.resourceClaims": ("name",),
    "spec.resources.claims": ("name",),
    "spec.schedulingGates": ("name",),
    "spec.topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "spec.volumes": ("name",),
}
"""The lists of type map, with the keys that identify an item."""
_SETS = frozenset({"metadata.finalizers"})
_DEFAULTS: Mapping[str, JSONObject] = {f"spec.{field}.ports": {"protocol": "TCP"} for field in _CONTAINERS}
"""The default values of keys."""
_ATOMIC_MAPS = frozenset(
    {
        "spec.nodeSelector",
        "spec.topologySpreadConstraints.labelSelector",
        *(
            f"spec.{field}.env.valueFrom.{source}"
            for field in _CONTAINERS
            for source in ("configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef")
        ),
    }
)

_TOKEN = re.compile(
    r"""(?P<text>'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<made>(?<![\w.])Object(?:\.\w+)*\s*\{)|(?P<open>[{\[(])|(?P<close>[}\])])"""
    r"""|(?P<field>(?P<optional>\?\s*)?(?P<name>[A-Za-z_]\w*)\s*:(?!:))""",
    re.DOTALL,
)
_ESCAPED = re.compile(r"__(\w+?)__")
_SPELLED = {"underscores": "__", "dot": ".", "dash": "-", "slash": "/"}


class ApplyError(ValueError):
    """A configuration cannot be applied to the object."""


def as_map(expression: str) -> str:
    """An expression in which every `Object.x{field: ...}` is a map with the field's name as its key."""
    braces_of_objects: list[bool] = []

    def replaced(token: re.Match[str]) -> str:
        if token["text"]:
            return token[0]
        if token["made"] or token["open"]:
            braces_of_objects.append(bool(token["made"]))
            return "{" if token["made"] else token[0]
        if token["close"]:
            if braces_of_objects:
                braces_of_objects.pop()
            return token[0]
        if braces_of_objects and braces_of_objects[-1] and _begins_field(expression, token.start()):
            return f'{token["optional"] or ""}"{_unescaped(token["name"])}":'
        return token[0]

    return _TOKEN.sub(replaced, expression)


def _begins_field(expression: str, at: int) -> bool:
    """Whether a position is where a field's name can begin: after the brace, or after a comma."""
    return expression[:at].rstrip()[-1:] in {"{", ","}


def _unescaped(name: str) -> str:
    """A field's name as CEL writes it: `__namespace__` for a word of the language."""
    return _ESCAPED.sub(lambda escape: _SPELLED.get(escape[1], escape[1]), name)


def apply_configuration(pod: JSONObject, configuration: Any) -> None:
    """Merge a configuration into a pod, in place.

    Raises:
        ApplyError: It is not an object, sets an atomic field, or an item of a list has no key or a duplicate
            one.
    """
    if not isinstance(configuration, dict):
        raise ApplyError("the expression of an apply configuration must give an Object")
    atomic = list(_atomic("", configuration))
    if atomic:
        raise ApplyError(f"may not mutate atomic arrays, maps or structs: {', '.join(atomic)}")
    merged = _merged("", pod, configuration)
    pod.clear()
    pod.update(merged)


def _atomic(path: str, value: Any, server_path: str = "") -> Iterator[str]:
    """The paths of the atomic fields that a configuration sets, as the server spells them."""
    if isinstance(value, dict):
        if path in _ATOMIC_MAPS:
            yield server_path
        for key, inner in value.items():
            yield from _atomic(f"{path}.{key}".removeprefix("."), inner, f"{server_path}.{key}")
    elif isinstance(value, list):
        if path not in _KEYS and path not in _SETS:
            yield server_path
        for index, item in enumerate(value):
            yield from _atomic(path, item, f"{server_path}[{index}]")


def _merged(path: str, old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        inner = {key: (old.get(key), new.get(key)) for key in dict.fromkeys((*old, *new))}
        return {
            key: before if key not in new else _merged(f"{path}.{key}".removeprefix("."), before, after)
            for key, (before, after) in inner.items()
        }
    if isinstance(new, list) and (isinstance(old, list) or old is None):
        return _merged_list(path, old or [], new)
    return new


def _merged_list(path: str, old: list[Any], new: list[Any]) -> list[Any]:
    """The items of both lists; the new ones keep their order, and merge with the old ones of their key."""
    old_keys, new_keys = [_key(path, item) for item in old], [_key(path, item) for item in new]
    added = dict(zip(new_keys, new, strict=True))
    if len(added) < len(new):
        raise ApplyError(f".{path}: two items have the same key")
    shared_keys = deque(key for key in new_keys if key in old_keys)
    merged: list[Any] = []
    old_index, new_index, merged_keys = 0, 0, set[Any]()

    def take(key: Any) -> None:
        before = old[old_keys.index(key)] if old_keys.count(key) == 1 else None
        merged.append(added[key] if before is None else _merged(path, before, added[key]))
        merged_keys.add(key)
        if shared_keys and shared_keys[0] == key:
            shared_keys.popleft()

    while old_index < len(old_keys) or new_index < len(new_keys):
        if old_index < len(old_keys):
            key = old_keys[old_index]
            out_of_order = key in added and new_index < len(new_keys) and key != new_keys[new_index]
            if key not in added:
                merged.append(old[old_index])
            if (
                key not in added
                or key in merged_keys
                or (out_of_order and shared_keys and shared_keys[0] != key)
            ):
                old_index += 1
                continue
        if new_index < len(new_keys):
            if old_index < len(old_keys) and old_keys[old_index] == new_keys[new_index]:
                old_index += 1
            take(new_keys[new_index])
            new_index += 1
    return merged


def _key(path: str, item: Any) -> Any:
    if path in _SETS:
        return item
    if not isinstance(item, dict):
        raise ApplyError(f".{path}: an item is not an object")
    defaults = _DEFAULTS.get(path, {})
    values = tuple(item.get(name, defaults.get(name)) for name in _KEYS.get(path, ()))
    if None in values:
        raise ApplyError(f".{path}: an item does not say its {' and '.join(_KEYS[path])}")
    return values

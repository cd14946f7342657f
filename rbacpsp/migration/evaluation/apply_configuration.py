"""Apply configurations of MutatingAdmissionPolicies: read as maps, and merged into a pod.

An expression makes an `Object` with the fields that it sets. The CEL runtime knows no such type, so each
`Object.spec{...}` is read as a map. What it gives is merged as server-side apply does: field by field, lists
by their keys, and nothing that is atomic may be set.

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
    **{f"spec.{each}": ("name",) for each in _CONTAINERS},
    **{f"spec.{each}.env": ("name",) for each in _CONTAINERS},
    **{f"spec.{each}.ports": ("containerPort", "protocol") for each in _CONTAINERS},
    **{f"spec.{each}.resources.claims": ("name",) for each in _CONTAINERS},
    **{f"spec.{each}.volumeDevices": ("devicePath",) for each in _CONTAINERS},
    **{f"spec.{each}.volumeMounts": ("mountPath",) for each in _CONTAINERS},
    "spec.hostAliases": ("ip",),
    "spec.resourceClaims": ("name",),
    "spec.resources.claims": ("name",),
    "spec.schedulingGates": ("name",),
    "spec.topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "spec.volumes": ("name",),
}
"""The lists whose items are told apart by their keys."""
_SETS = frozenset({"metadata.finalizers"})
_DEFAULTS: Mapping[str, JSONObject] = {f"spec.{each}.ports": {"protocol": "TCP"} for each in _CONTAINERS}
"""What a key is that is not written."""
_ATOMIC_MAPS = frozenset(
    {
        "spec.nodeSelector",
        "spec.topologySpreadConstraints.labelSelector",
        *(
            f"spec.{each}.env.valueFrom.{source}"
            for each in _CONTAINERS
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
    inside: list[bool] = []

    def replaced(found: re.Match[str]) -> str:
        if found["text"]:
            return found[0]
        if found["made"] or found["open"]:
            inside.append(bool(found["made"]))
            return "{" if found["made"] else found[0]
        if found["close"]:
            if inside:
                inside.pop()
            return found[0]
        if inside and inside[-1] and _begins_field(expression, found.start()):
            return f'{found["optional"] or ""}"{_unescaped(found["name"])}":'
        return found[0]

    return _TOKEN.sub(replaced, expression)


def _begins_field(expression: str, at: int) -> bool:
    """Whether a name stands where a field is named: behind the brace, or behind a comma."""
    return expression[:at].rstrip()[-1:] in {"{", ","}


def _unescaped(name: str) -> str:
    """A field's name as CEL writes it: `__namespace__` for a word of the language."""
    return _ESCAPED.sub(lambda found: _SPELLED.get(found[1], found[1]), name)


def apply_configuration(pod: JSONObject, configuration: Any) -> None:
    """Merge a configuration into a pod, in place.

    Raises:
        ApplyError: It is no object, sets something atomic, or an item of a list has no key or the key of
            another.
    """
    if not isinstance(configuration, dict):
        raise ApplyError("the expression of an apply configuration must give an Object")
    atomic = list(_atomic("", configuration))
    if atomic:
        raise ApplyError(f"may not mutate atomic arrays, maps or structs: {', '.join(atomic)}")
    merged = _merged("", pod, configuration)
    pod.clear()
    pod.update(merged)


def _atomic(path: str, value: Any, shown: str = "") -> Iterator[str]:
    """The paths of what is atomic, as the server spells them."""
    if isinstance(value, dict):
        if path in _ATOMIC_MAPS:
            yield shown
        for key, inner in value.items():
            yield from _atomic(f"{path}.{key}".removeprefix("."), inner, f"{shown}.{key}")
    elif isinstance(value, list):
        if path not in _KEYS and path not in _SETS:
            yield shown
        for place, each in enumerate(value):
            yield from _atomic(path, each, f"{shown}[{place}]")


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
    mine, theirs = [_key(path, item) for item in old], [_key(path, item) for item in new]
    added = dict(zip(theirs, new, strict=True))
    if len(added) < len(new):
        raise ApplyError(f".{path}: two items have the same key")
    both = deque(key for key in theirs if key in mine)
    found: list[Any] = []
    left, right, taken = 0, 0, set[Any]()

    def take(key: Any) -> None:
        before = old[mine.index(key)] if mine.count(key) == 1 else None
        found.append(added[key] if before is None else _merged(path, before, added[key]))
        taken.add(key)
        if both and both[0] == key:
            both.popleft()

    while left < len(mine) or right < len(theirs):
        if left < len(mine):
            key = mine[left]
            waits = key in added and right < len(theirs) and key != theirs[right]
            if key not in added:
                found.append(old[left])
            if key not in added or key in taken or (waits and both and both[0] != key):
                left += 1
                continue
        if right < len(theirs):
            if left < len(mine) and mine[left] == theirs[right]:
                left += 1
            take(theirs[right])
            right += 1
    return found


def _key(path: str, item: Any) -> Any:
    if path in _SETS:
        return item
    if not isinstance(item, dict):
        raise ApplyError(f".{path}: an item is no object")
    defaults = _DEFAULTS.get(path, {})
    values = tuple(item.get(name, defaults.get(name)) for name in _KEYS.get(path, ()))
    if None in values:
        raise ApplyError(f".{path}: an item does not say its {' and '.join(_KEYS[path])}")
    return values

"""Gatekeeper's Assign and ModifySet, as far as they depend on the pod alone.

Source: github.com/open-policy-agent/gatekeeper/pkg/mutation, 3.23.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from msgspec import Struct

from rbacpsp.migration.evaluation.schema import ShapeError
from rbacpsp.model.json import JSONObject

KINDS = frozenset({"Assign", "ModifySet"})
_EACH = re.compile(r"(\w+)\[name:\*\]")


class Mutator(Struct, frozen=True):
    """One mutation."""

    kind: str
    keys: tuple[str, ...]
    """The path of the field; a key that ends in `[]` means each element of a list."""
    value: Any
    """The value to assign, or the elements to merge into the list."""
    unset_only: bool
    excluded_namespaces: tuple[str, ...]

    def change(self, pod: JSONObject, namespace: str) -> None:
        """Change a pod in place."""
        if namespace not in self.excluded_namespaces:
            for holder in _holders(pod, self.keys[:-1]):
                self._put(holder, self.keys[-1])

    def _put(self, holder: JSONObject, key: str) -> None:
        if self.kind == "ModifySet":
            elements = holder.get(key) or []
            holder[key] = [*elements, *(element for element in self.value if element not in elements)]
        elif not self.unset_only or key not in holder:
            holder[key] = deepcopy(self.value)


def _holders(holder: JSONObject, keys: tuple[str, ...]) -> Iterator[JSONObject]:
    """The objects at a path; missing objects on the path are created, missing lists are not."""
    if not keys:
        yield holder
        return
    key, remaining_keys = keys[0], keys[1:]
    if key.endswith("[]"):
        for element in holder.get(key.removesuffix("[]")) or ():
            yield from _holders(element, remaining_keys)
    else:
        yield from _holders(holder.setdefault(key, {}), remaining_keys)


def mutator_of(obj: JSONObject) -> Mutator:
    """A mutation.

    Raises:
        ShapeError: Gatekeeper rejects it, or it uses a feature that is not evaluated here.
    """
    try:
        spec, parameters = obj["spec"], obj["spec"]["parameters"]
        location: str = spec["location"]
        excluded: list[str] = (spec.get("match") or {}).get("excludedNamespaces") or []
        tests: list[JSONObject] = parameters.get("pathTests") or []
        if obj["kind"] == "ModifySet":
            value, known = parameters["values"]["fromList"], parameters.get("operation", "merge") == "merge"
        else:
            value, known = parameters["assign"]["value"], True
        keys = tuple(_EACH.sub(r"\1[]", location).split("."))
        unset = {"subPath": location, "condition": "MustNotExist"}
        known &= all(test == unset for test in tests) and all(map(str.isidentifier, _words(keys)))
    except (KeyError, TypeError, AttributeError):
        raise _unknown(obj) from None
    if not known:
        raise _unknown(obj)
    return Mutator(obj["kind"], keys, value, bool(tests), tuple(excluded))


def _unknown(obj: JSONObject) -> ShapeError:
    return ShapeError(f"{obj['kind']} {obj['metadata']['name']} says more than is evaluated here")


def _words(keys: tuple[str, ...]) -> Iterator[str]:
    return (key.removesuffix("[]") for key in keys)

"""Explains why a JSON value does not have the expected type, with the path of the field.

msgspec says so too, but its words are its own and change with its release.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

_NAMES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "null"),
    (bool, "true or false"),
    (str, "a string"),
    (int, "a whole number"),
    (float, "a number"),
    ((list, tuple), "a list"),
)


class Mismatch(NamedTuple):
    """The first value that does not fit."""

    path: str
    """Such as `spec.containers[0].name`; `[...]` stands for a key of a map. Empty: the value itself."""
    problem: str
    """Such as `must be a string, not a list`."""

    def under(self, place: str) -> str:
        """The whole as a sentence that opens with the field, which is below a place."""
        joint = "" if not place or not self.path or self.path.startswith("[") else "."
        return f"{place}{joint}{self.path} {self.problem}"


def mismatch(value: Any, shape: Any) -> Mismatch | None:
    """What msgspec would not convert to a shape, the first in the value's order; None if all of it fits."""
    return next(_mismatches(value, _described(shape), ""), None)


def json_mismatch(body: bytes, shape: Any) -> str:
    """Why a JSON text is not decoded to a shape, as a sentence about the text."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "it is not JSON"
    found = mismatch(value, shape)
    return "a value is out of range" if found is None else found.under("" if found.path else "it")


def value_name(value: Any) -> str:
    """What a JSON value is: `a string`, `a list`."""
    return next((name for kind, name in _NAMES if isinstance(value, kind)), "an object")


@cache
def _described(shape: Any) -> inspect.Type:
    return inspect.type_info(shape)


def _mismatches(value: Any, wanted: inspect.Type, path: str) -> Iterator[Mismatch]:
    fitting = [kind for kind in _choices(wanted) if _is_a(value, kind)]
    if not fitting:
        names = dict.fromkeys(_wanted_name(kind) for kind in _choices(wanted))
        names.pop("null", None)
        yield Mismatch(path, f"must be {' or '.join(names)}, not {value_name(value)}")
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from _mismatches(inner, _item(fitting[0], at), f"{path}[{at}]")
    elif isinstance(value, dict):
        yield from _in_object(value, fitting[0], path)


def _choices(wanted: inspect.Type) -> tuple[inspect.Type, ...]:
    return wanted.types if isinstance(wanted, inspect.UnionType) else (wanted,)


def _is_a(value: Any, kind: inspect.Type) -> bool:
    match kind:
        case inspect.AnyType() | inspect.RawType():
            return True
        case inspect.NoneType():
            return value is None
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.StrType():
            return isinstance(value, str)
        case inspect.IntType():
            whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            return whole and not isinstance(value, bool)
        case inspect.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case inspect.ListType() | inspect.VarTupleType() | inspect.TupleType() | inspect.CollectionType():
            return isinstance(value, list | tuple)
    return isinstance(value, dict)


def _wanted_name(kind: inspect.Type) -> str:
    match kind:
        case inspect.NoneType():
            return "null"
        case inspect.BoolType():
            return "true or false"
        case inspect.StrType():
            return "a string"
        case inspect.IntType():
            return "a whole number"
        case inspect.FloatType():
            return "a number"
        case inspect.ListType() | inspect.VarTupleType() | inspect.TupleType() | inspect.CollectionType():
            return "a list"
    return "an object"


def _item(kind: inspect.Type, at: int) -> inspect.Type:
    match kind:
        case inspect.ListType() | inspect.VarTupleType() | inspect.CollectionType():
            return kind.item_type
        case inspect.TupleType() if at < len(kind.item_types):
            return kind.item_types[at]
    return inspect.AnyType()


def _in_object(value: dict[Any, Any], kind: inspect.Type, path: str) -> Iterator[Mismatch]:
    if isinstance(kind, inspect.DictType):
        for key, inner in value.items():
            if not isinstance(key, str):
                yield Mismatch(path, f"must have keys that are strings, not {value_name(key)}")
            yield from _mismatches(inner, kind.value_type, f"{path}[...]")
    if not isinstance(kind, inspect.StructType):
        return
    for field in kind.fields:
        place = f"{path}.{field.encode_name}" if path else field.encode_name
        if field.encode_name in value:
            yield from _mismatches(value[field.encode_name], field.type, place)
        elif field.required:
            yield Mismatch(place, "is missing")
    if kind.cls.__struct_config__.forbid_unknown_fields:
        known = {field.encode_name for field in kind.fields} | {kind.tag_field}
        for key in value:
            if key not in known:
                yield Mismatch(path, f'has a field "{key}", which is not known')

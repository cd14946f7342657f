"""Explains why a JSON value does not have the expected type, with the path of the field.

Messages of msgspec are not used, since their wording changes with its releases.
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

    def under(self, prefix: str) -> str:
        """The mismatch as a sentence that begins with the path of the field, prefixed with another path."""
        joint = "" if not prefix or not self.path or self.path.startswith("[") else "."
        return f"{prefix}{joint}{self.path} {self.problem}"


def mismatch(value: Any, shape: Any) -> Mismatch | None:
    """The first part of a value that msgspec could not convert to a type; None if the value fits."""
    return next(_mismatches(value, _described(shape), ""), None)


def json_mismatch(body: bytes, shape: Any) -> str:
    """Why a JSON text cannot be decoded to a type, as a sentence about the text."""
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        return "its nesting is too deep"
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "it is not JSON" if body.strip() else "it is empty"
    mismatched = mismatch(value, shape)
    return (
        "a value is out of range" if mismatched is None else mismatched.under("" if mismatched.path else "it")
    )


def value_name(value: Any) -> str:
    """The type of a JSON value in words: `a string`, `a list`."""
    return next((name for kind, name in _NAMES if isinstance(value, kind)), "an object")


@cache
def _described(shape: Any) -> inspect.Type:
    return inspect.type_info(shape)


def _mismatches(value: Any, expected: inspect.Type, path: str) -> Iterator[Mismatch]:
    fitting = [kind for kind in _choices(expected) if _is_a(value, kind)]
    if not fitting:
        names = dict.fromkeys(_expected_name(kind) for kind in _choices(expected))
        names.pop("null", None)
        yield Mismatch(path, f"must be {' or '.join(names)}, not {value_name(value)}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _mismatches(inner, _item(fitting[0], index), f"{path}[{index}]")
    elif isinstance(value, dict):
        yield from _in_object(value, fitting[0], path)


def _choices(expected: inspect.Type) -> tuple[inspect.Type, ...]:
    return expected.types if isinstance(expected, inspect.UnionType) else (expected,)


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
            is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            return is_whole and not isinstance(value, bool)
        case inspect.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case inspect.ListType() | inspect.VarTupleType() | inspect.TupleType() | inspect.CollectionType():
            return isinstance(value, list | tuple)
    return isinstance(value, dict)


def _expected_name(kind: inspect.Type) -> str:
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


def _item(kind: inspect.Type, index: int) -> inspect.Type:
    match kind:
        case inspect.ListType() | inspect.VarTupleType() | inspect.CollectionType():
            return kind.item_type
        case inspect.TupleType() if index < len(kind.item_types):
            return kind.item_types[index]
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
        field_path = f"{path}.{field.encode_name}" if path else field.encode_name
        if field.encode_name in value:
            yield from _mismatches(value[field.encode_name], field.type, field_path)
        elif field.required:
            yield Mismatch(field_path, "is missing")
    if kind.cls.__struct_config__.forbid_unknown_fields:
        known = {field.encode_name for field in kind.fields} | {kind.tag_field}
        for key in value:
            if key not in known:
                yield Mismatch(path, f'has a field "{key}", which is not known')

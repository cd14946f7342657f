"""Generates objects of which one field has a value that people seldom write, in JSON and in YAML."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.reader.fragments import NUMBERS, VALUES

SCHEMA = Path(__file__).parents[2] / "rbacpsp" / "decode" / "schema.json"
_DEEPEST = 10
_TYPES = ("string", "bool", "int32", "int64", "quantity", "intOrString", "time")
_TEXTS = (
    "",
    "null",
    "1e3",
    "1Gi",
    " 1m",
    "1e-7",
    "80%",
    "aGk=",
    "2020-02-30T00:00:00Z",
    "2020-01-01",
)
_JSON_VALUES = (*NUMBERS, *map(json.dumps, (None, False, *_TEXTS, [], {}, [None], {"a": None}, [{}], ["a"])))
_OTHER_RELEASES = frozenset({"clusterName"})
"""Fields that only older releases have."""


def odd_field(random: Random) -> str:
    """An object with a random value in a random field of any depth; each type of field is as frequent."""
    wanted = random.choice((*_TYPES, *(f"{{}}{one}" for one in _TYPES), "[]string", "any other"))
    fields = _fields()
    kind, path = random.choice(fields.get(wanted) or fields["any other"])
    version, _, name = kind.rpartition("/")
    whole = {"apiVersion": version, "kind": name, "metadata": {"name": "a"}}
    _put(whole, path, "<value>")
    if random.random() < 0.5:
        return json.dumps(whole).replace('"<value>"', random.choice(_JSON_VALUES))
    return _block(whole, 0).lstrip("\n").replace("<value>", random.choice(VALUES)) + "\n"


@cache
def _fields() -> dict[str, list[tuple[str, tuple[str | int, ...]]]]:
    """For each type of field, where it is: a kind and the steps in it."""
    table = json.loads(SCHEMA.read_text("utf-8"))
    found: dict[str, list[tuple[str, tuple[str | int, ...]]]] = {"any other": []}
    for kind, name in table["kinds"].items():
        if "PodSecurityPolicy" in kind or "SecurityContextConstraints" in kind:
            continue
        for path, field_type in _below(table["types"], name, ()):
            known = field_type.removeprefix("{}").removeprefix("[]") in _TYPES
            found.setdefault(field_type if known else "any other", []).append((kind, path))
    return found


def _below(
    types: dict[str, dict[str, str]], name: str, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for field, field_type in types[name].items():
        if field in _OTHER_RELEASES or (not path and field in {"apiVersion", "kind"}):
            continue
        here: tuple[str | int, ...] = (*path, field)
        yield here, field_type
        element = field_type
        while element.startswith(("[]", "{}")):
            here = (*here, 0 if element.startswith("[]") else "a")
            element = element[2:]
        if element in types and len(here) < _DEEPEST:
            yield from _below(types, element, here)


def _put(whole: dict[str, Any], path: tuple[str | int, ...], value: Any) -> None:
    for step in reversed(path[1:]):
        value = [value] if step == 0 else {step: value}
    first = path[0]
    if isinstance(value, dict) and isinstance(whole.get(str(first)), dict):
        value = {**whole[str(first)], **value}
    whole[str(first)] = value


def _block(value: Any, indent: int) -> str:
    pad = "\n" + " " * indent
    if isinstance(value, dict):
        return "".join(f"{pad}{key}: {_block(inner, indent + 2)}" for key, inner in value.items())
    if isinstance(value, list):
        return "".join(f"{pad}- {_block(inner, indent + 2)}" for inner in value)
    return str(value)

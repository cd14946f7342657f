"""Recognizes documents: their kind and apiVersion, and whether they are lists.

For kubectl every object that has `items` is a list, whatever its kind. Source:
apimachinery/pkg/apis/meta/v1/unstructured/helpers.go (1.24), unstructuredJSONScheme.
"""

import re
from collections.abc import Callable, Iterator
from json import JSONDecoder
from typing import Any, NamedTuple

import msgspec

from rbacpsp.decode.schema import type_name
from rbacpsp.model.printable import shown
from rbacpsp.model.value_path import Path


class Position(NamedTuple):
    """Where in a document an object is: its path, and its index in the outermost list (-1: not in a list)."""

    path: Path
    item: int
    line: int | Callable[[], int] = 0
    """The line on which an item of a list starts, or a function that finds it; 0: that of the document."""


class _RawHead(msgspec.Struct, rename="camel"):
    kind: str | None = None
    api_version: str | None = None
    items: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET


class _TypeMeta(msgspec.Struct, rename="camel"):
    kind: str | None = None
    api_version: str | None = None


HEAD = msgspec.json.Decoder(_RawHead)
"""Reads the head of a JSON text without decoding its items."""
_TYPE_META = msgspec.json.Decoder(_TypeMeta)


class Head(NamedTuple):
    """The head of a document: its kind, apiVersion and items."""

    kind: str
    api_version: str
    items: Any


DEEPEST_LIST = 32
"""The longest path of a list within lists, in steps; each list takes two."""
TOO_DEEP = ("lists are nested too deeply", "put the objects in one list")
NO_MANIFEST = "every Kubernetes object has a kind and an apiVersion"
AS_LIST = "put the objects in a list"
QUOTE = "write it as a string"
TWICE = ('the key "items" appears twice', "remove one of the two: only the last would be read")
"""What is wrong with an object that `repeats_items`, and what to do."""

_BETWEEN = re.compile(r"[\s,:]*")
_PUNCTUATION = 16
"""Bytes around a key and its value: quotes, colon, comma, and the indentation of a readable text."""
_MOST = 96
"""A text with fewer bytes cannot be a list with an object that grants anything."""


def of_item(of_object: tuple[str, str], inherited: tuple[str, str]) -> tuple[str, str]:
    """The apiVersion and kind of an item; one with neither has those of its typed list."""
    version, kind = of_object if any(of_object) else inherited
    return core_version(version), kind


def core_version(version: str) -> str:
    """An apiVersion as it is usually written: `/v1` is v1, as the core group has no name."""
    return version.removeprefix("/") if version.count("/") == 1 else version


def names_type(item: bytes | msgspec.Raw) -> bool:
    """Whether the JSON text of an item has a kind or an apiVersion of its own, or cannot be read."""
    try:
        own = _TYPE_META.decode(item)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return True
    return bool(own.kind or own.api_version)


def wrong_version(version: str) -> str:
    """What is wrong with an apiVersion; empty for a valid one (apimachinery's ParseGroupVersion, 0.37)."""
    return "" if version.count("/") < 2 else f'apiVersion must be GROUP/VERSION and is "{shown(version)}"'


def wrong_head(body: dict[str, Any]) -> tuple[str, str] | None:
    """The field, and what is wrong with it, if an object's kind or apiVersion is not a string."""
    for name in ("kind", "apiVersion"):
        value = body.get(name)
        if value is not None and not isinstance(value, str):
            return name, f"{name} must be a string and is {type_name(value)}"
    return None


def is_list(kind: str, items: Any) -> bool:
    """Whether an object with a kind is a list."""
    return items is not None or kind == "List"


def no_list(kind: str) -> tuple[str, str]:
    """What is wrong with an object of a known kind that has items, and what to do."""
    words = f"a {kind} has no items: kubectl reads them instead of the {kind}"
    return words, "remove them, or write kind: List"


def repeats_items(text: bytes | msgspec.Raw) -> bool:
    """Whether `items` appears more than once among the keys of a readable JSON object.

    A text with a single `items` is recognized at once, and most others by their length.
    """
    data = bytes(text)
    first = data.find(b'"items"')
    if b"\\" not in data and data.find(b'"items"', first + 1) < 0:
        return False
    members = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    known = sum(len(key) + memoryview(value).nbytes for key, value in members.items())
    if len(data) - known <= min(_PUNCTUATION * len(members), _MOST):
        return False
    return list(_keys(data.decode())).count("items") > 1


def _keys(text: str) -> Iterator[str]:
    """The keys of a JSON object, with repetitions."""
    scan = JSONDecoder().raw_decode

    def following(position: int) -> int:
        between = _BETWEEN.match(text, position)
        return between.end() if between else position

    position = following(text.index("{") + 1)
    while text[position] != "}":
        key, position = scan(text, position)
        yield key
        position = following(scan(text, following(position))[1])

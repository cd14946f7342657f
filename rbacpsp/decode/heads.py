"""Recognizes documents: their kind and apiVersion, and whether they are lists.

For kubectl every object that has `items` is a list, whatever its kind. Source:
apimachinery/pkg/apis/meta/v1/unstructured/helpers.go (1.24), unstructuredJSONScheme.
"""

import re
from collections.abc import Callable, Iterator
from json import JSONDecoder
from typing import Any, NamedTuple

import msgspec

from rbacpsp.decode.problems import shown
from rbacpsp.decode.schema import Path, type_name


class Place(NamedTuple):
    """Where in a document an object is: the path to it, and its place in the outermost list (-1: in none)."""

    path: Path
    item: int
    line: int | Callable[[], int] = 0
    """Where an item of a list starts, or what finds it; 0: where its document does."""


class _RawHead(msgspec.Struct, rename="camel"):
    kind: str | None = None
    api_version: str | None = None
    items: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET


HEAD = msgspec.json.Decoder(_RawHead)
"""Reads the head of a JSON text; its items are not decoded yet."""


class Head(NamedTuple):
    """The head of a document: its kind, apiVersion and items."""

    kind: str
    api_version: str
    items: Any


DEEPEST_LIST = 32
"""Steps of a path: lists within lists, each of which takes two."""
TOO_DEEP = ("lists are nested too deeply", "put the objects in one list")
NO_MANIFEST = "every Kubernetes object has a kind and an apiVersion"
AS_LIST = "put the objects in a list"
QUOTE = "write it as a string"
TWICE = ('the key "items" is there twice', "remove one of the two: only the last would be read")
"""What is wrong with an object that `repeats_items`, and what to do."""

_BETWEEN = re.compile(r"[\s,:]*")
_PUNCTUATION = 16
"""Bytes that stand around a key and its value: quotes, colon, comma, and the indent of a readable text."""
_MOST = 96
"""A text with fewer bytes cannot be a list with an object that grants anything."""


def of_item(own: tuple[str, str], inherited: tuple[str, str]) -> tuple[str, str]:
    """The apiVersion and kind of an item: one without a kind takes from its typed list what it lacks."""
    return own if own[1] else (own[0] or inherited[0], inherited[1])


def wrong_version(version: str) -> str:
    """What is wrong with an apiVersion, empty where nothing is (apimachinery's ParseGroupVersion, 0.37)."""
    return "" if version.count("/") < 2 else f'apiVersion must be GROUP/VERSION and is "{shown(version)}"'


def wrong_head(body: dict[str, Any]) -> tuple[str, str] | None:
    """The field, and what is wrong with it, where an object's kind or apiVersion is no string."""
    for name in ("kind", "apiVersion"):
        value = body.get(name)
        if value is not None and not isinstance(value, str):
            return name, f"{name} must be a string and is {type_name(value)}"
    return None


def is_list(kind: str, items: Any) -> bool:
    """Whether an object with a kind counts as its items."""
    return items is not None or kind == "List"


def no_list(kind: str) -> tuple[str, str]:
    """What is wrong with an object of a known kind that has items, and what to do."""
    words = f"a {kind} has no items: kubectl reads them in place of the {kind}"
    return words, "remove them, or write kind: List"


def repeats_items(text: bytes | msgspec.Raw) -> bool:
    """Whether `items` stands more than once among the keys of a JSON object that can be read.

    A text without a second `items` anywhere is told at once, and of others mostly by their length.
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
    """The keys of a JSON object, each as often as it is there."""
    scan = JSONDecoder().raw_decode

    def following(at: int) -> int:
        between = _BETWEEN.match(text, at)
        return between.end() if between else at

    at = following(text.index("{") + 1)
    while text[at] != "}":
        key, at = scan(text, at)
        yield key
        at = following(scan(text, following(at))[1])

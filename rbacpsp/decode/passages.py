"""Splits pasted text into passages: the messages in objects in JSON or YAML, else the text itself.

Events, Status objects, conditions, audit events and log lines in JSON are parsed; any other text is one
passage. Refusals are recognized elsewhere.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from rbacpsp.decode.audit_events import audited, is_audited
from rbacpsp.decode.problems import LoadError
from rbacpsp.decode.values import parse_yaml
from rbacpsp.model.message import About, Passage

_YAML_KEY = re.compile(
    r"^\s*(?:- )?(?:apiVersion|kind|items|message|note|status|conditions):(?:\s|$)", re.MULTILINE
)
_REFERENCES = ("involvedObject", "regarding")
_MOST_DEPTH = 64


def passages(text: str) -> tuple[Passage, ...]:
    """The passages of a text, in its order.

    Each string of an object is a passage about the innermost object that contains it; in an Event, about the
    object that it refers to, and in a Status, about what its details name.
    """
    stripped = text.strip().removeprefix("\ufeff")
    if stripped[:1] in {"{", "["}:
        passage_list = _json(stripped)
    elif _YAML_KEY.search(stripped):
        passage_list = _yaml(stripped)
    else:
        passage_list = _lines(stripped)
    return tuple(passage_list) or (Passage(text),)


def _json(text: str) -> list[Passage]:
    decoder = json.JSONDecoder()
    passage_list: list[Passage] = []
    position = 0
    try:
        while position < len(text):
            value, end = decoder.raw_decode(text, position)
            passage_list += _strings(value, About())
            position = end + len(text[end:]) - len(text[end:].lstrip(" \t\r\n,"))
    except (ValueError, RecursionError):
        return _lines(text)
    return passage_list


def _lines(text: str) -> list[Passage]:
    """The lines of a log that are JSON, and the text between them; empty if no line is JSON."""
    passage_list: list[Passage] = []
    plain: list[str] = []
    any_json = False
    for line in text.splitlines():
        value = _line(line)
        if value is None:
            plain.append(line)
            continue
        any_json = True
        if plain:
            passage_list.append(Passage("\n".join(plain)))
            plain = []
        passage_list += _strings(value, About())
    if not any_json:
        return []
    return [*passage_list, Passage("\n".join(plain))] if plain else passage_list


def _line(line: str) -> Any:
    start = line.find("{")
    if start < 0 or not line.rstrip().endswith("}"):
        return None
    try:
        value = json.loads(line[start:])
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def _yaml(text: str) -> list[Passage]:
    try:
        values = parse_yaml(text)
    except (LoadError, ValueError, RecursionError):
        return []
    if not all(isinstance(value, dict | list) for value in values):
        return []
    return [passage for value in values for passage in _strings(value, About())]


def _strings(value: Any, about: About, depth: int = 0) -> Iterator[Passage]:
    if isinstance(value, str):
        yield Passage(value, about)
    elif depth > _MOST_DEPTH:
        return
    elif isinstance(value, dict) and is_audited(value):
        yield audited(value)
    elif isinstance(value, dict):
        inner = _about(value).filled(about)
        for inner_value in value.values():
            yield from _strings(inner_value, inner, depth + 1)
    elif isinstance(value, list):
        for inner_value in value:
            yield from _strings(inner_value, about, depth + 1)


def _about(obj: dict[str, Any]) -> About:
    """The object that an object is about: itself, or what it refers to."""
    for key in _REFERENCES:
        if isinstance(obj.get(key), dict):
            return _named(obj[key], str(obj[key].get("kind") or ""))
    kind = obj.get("kind")
    if not isinstance(kind, str):
        return About(namespace=_text(obj.get("namespace")))
    if kind == "Status" and isinstance(obj.get("details"), dict):
        return About()
    metadata = obj.get("metadata")
    return _named(metadata, kind) if isinstance(metadata, dict) else About()


def _named(fields: dict[str, Any], kind: str) -> About:
    return About(kind, _text(fields.get("namespace")), _text(fields.get("name")))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

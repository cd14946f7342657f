"""Pasted text to passages: the messages that objects in JSON or YAML hold, else the text itself.

Events, Status objects, conditions, audit events and log lines in JSON are read as what they hold; a text
that is none of these is one passage. Nothing here knows what a refusal is.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from rbacpsp.decode.audit_events import audited, is_audited
from rbacpsp.decode.problems import LoadError
from rbacpsp.decode.values import parse_yaml
from rbacpsp.model.pasted import About, Passage

_YAML_KEY = re.compile(
    r"^\s*(?:- )?(?:apiVersion|kind|items|message|note|status|conditions):(?:\s|$)", re.MULTILINE
)
_REFERENCES = ("involvedObject", "regarding")
_MOST_DEPTH = 64


def passages(text: str) -> tuple[Passage, ...]:
    """The passages of a text, in its order.

    Each string of an object is a passage that is about the innermost object around it: of an Event what it
    is about, of a Status what its details name.
    """
    stripped = text.strip().removeprefix("\ufeff")
    if stripped[:1] in {"{", "["}:
        found = _json(stripped)
    elif _YAML_KEY.search(stripped):
        found = _yaml(stripped)
    else:
        found = _lines(stripped)
    return tuple(found) or (Passage(text),)


def _json(text: str) -> list[Passage]:
    decoder = json.JSONDecoder()
    found: list[Passage] = []
    at = 0
    try:
        while at < len(text):
            value, end = decoder.raw_decode(text, at)
            found += _strings(value, About())
            at = end + len(text[end:]) - len(text[end:].lstrip(" \t\r\n,"))
    except (ValueError, RecursionError):
        return _lines(text)
    return found


def _lines(text: str) -> list[Passage]:
    """The lines of a log that are JSON, and what stands between them; nothing where no line is."""
    found: list[Passage] = []
    plain: list[str] = []
    any_json = False
    for line in text.splitlines():
        value = _line(line)
        if value is None:
            plain.append(line)
            continue
        any_json = True
        if plain:
            found.append(Passage("\n".join(plain)))
            plain = []
        found += _strings(value, About())
    if not any_json:
        return []
    return [*found, Passage("\n".join(plain))] if plain else found


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
        for each in value.values():
            yield from _strings(each, inner, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each, about, depth + 1)


def _about(obj: dict[str, Any]) -> About:
    """What an object is about: itself, or what it refers to."""
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

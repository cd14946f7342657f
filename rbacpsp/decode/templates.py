"""Recognizes templates that must be rendered first: Helm templates, and files with placeholders."""

import re
from collections.abc import Iterator
from typing import Any

from rbacpsp.decode.problems import Problem
from rbacpsp.model.printable import shown
from rbacpsp.model.value_path import Path, path_text

_ACTION = re.compile(rb"^[ \t]*+(?:-[ \t]+)*+(?:[^\s#\"'{]+:[ \t]+)?\{[{%]", re.MULTILINE)
"""A line, or an unquoted value, that begins with a template action."""
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\$\{\w[^}]*\}|\$\(\w+\)|\A\$[A-Z_][A-Z0-9_]*\Z", re.DOTALL)
_MARKS = (b"{{", b"${", b"$(", b"$")
_IDENTITIES = frozenset(
    {
        *("apiGroup", "generateName", "image", "kind", "name", "namespace", "serviceAccountName"),
        *("apiGroups", "nonResourceURLs", "resourceNames", "resources", "verbs"),
    }
)
"""The fields whose strings are names; others may contain text for a shell or another program."""
_FREE = frozenset({"annotations", "args", "command", "data", "env", "labels", "status", "stringData"})
_RENDER = "render it with helm template"
ADVICE = f"{_RENDER}, or with the tool that fills it in"


def template(name: str, data: bytes) -> Problem | None:
    """The problem of a file that is a template; None if it is not."""
    action = _ACTION.search(data)
    if action is None:
        return None
    line = data.count(b"\n", 0, action.end()) + 1
    if b"{{" in data:
        return Problem(name, 0, line, "this is a Helm template", _RENDER)
    return Problem(name, 0, line, "this is a template", ADVICE)


def may_hold_placeholders(data: bytes) -> bool:
    """Whether a text contains the beginning of a placeholder."""
    return any(mark in data for mark in _MARKS)


def placeholders(body: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Each name in an object that contains a placeholder: its path, and a message."""
    for path, text in _names(body, ()):
        if _PLACEHOLDER.search(text):
            yield path, f'{path_text(path)} "{shown(text)}" contains a placeholder that is not filled in'


def _names(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        field = next((step for step in reversed(path) if isinstance(step, str)), "")
        if field in _IDENTITIES:
            yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in _FREE:
                yield from _names(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _names(inner, (*path, index))

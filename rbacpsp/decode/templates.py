"""Recognizes templates that must be rendered first: Helm templates, and files with placeholders."""

import re
from collections.abc import Iterator
from typing import Any

from rbacpsp.decode.problems import Problem, shown
from rbacpsp.decode.schema import Path, path_text

_ACTION = re.compile(rb"^[ \t]*+(?:-[ \t]+)*+(?:[^\s#\"'{]+:[ \t]+)?\{[{%]", re.MULTILINE)
"""A line, or a value without quotes, that begins with an action: its file is a template."""
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\$\{\w[^}]*\}|\$\(\w+\)|\A\$[A-Z_][A-Z0-9_]*\Z", re.DOTALL)
_MARKS = (b"{{", b"${", b"$(", b"$")
_IDENTITIES = frozenset(
    {
        *("apiGroup", "generateName", "image", "kind", "name", "namespace", "serviceAccountName"),
        *("apiGroups", "nonResourceURLs", "resourceNames", "resources", "verbs"),
    }
)
"""The fields whose strings name something; others may hold a text for a shell or another program."""
_FREE = frozenset({"annotations", "args", "command", "data", "env", "labels", "status", "stringData"})
_RENDER = "render it with helm template"
ADVICE = f"{_RENDER}, or with what else fills it in"


def template(name: str, data: bytes) -> Problem | None:
    """What is wrong with a file that cannot be read because it is a template."""
    action = _ACTION.search(data)
    if action is None:
        return None
    line = data.count(b"\n", 0, action.end()) + 1
    if b"{{" in data:
        return Problem(name, 0, line, "this is a Helm template", _RENDER)
    return Problem(name, 0, line, "this is a template", ADVICE)


def may_hold_placeholders(data: bytes) -> bool:
    """Whether a text has what placeholders begin with."""
    return any(mark in data for mark in _MARKS)


def placeholders(body: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Each value of an object that names something and holds a placeholder: its path, and what to say."""
    for path, text in _names(body, ()):
        if _PLACEHOLDER.search(text):
            yield path, f'{path_text(path)} "{shown(text)}" holds a placeholder that is not filled in'


def _names(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        named = next((step for step in reversed(path) if isinstance(step, str)), "")
        if named in _IDENTITIES:
            yield path, value
    elif isinstance(value, dict):
        for key, each in value.items():
            if key not in _FREE:
                yield from _names(each, (*path, key))
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _names(each, (*path, index))

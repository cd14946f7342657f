"""Globs over the names of a bucket, as `glob` takes them for files."""

import re
from collections.abc import Callable

_MAGIC = re.compile(r"[*?\[]")
_PARTS = re.compile(r"(\*\*/)|(\*\*)|(\*)|(\?)|(\[[^\]/]+\])|([^*?\[]+)|(.)", re.DOTALL)


def has_magic(text: str) -> bool:
    """Whether a text holds a wildcard."""
    return _MAGIC.search(text) is not None


def fixed_part(pattern: str) -> str:
    """The folder that a glob begins with: its parts before the first that holds a wildcard."""
    fixed = _MAGIC.split(pattern, maxsplit=1)[0]
    return fixed.rpartition("/")[0]


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a name fits a glob: `*` and `?` stay within a folder, `**` goes through several."""
    made = "".join(_translated(found) for found in _PARTS.finditer(pattern))
    compiled = re.compile(made, re.DOTALL)
    return lambda name: compiled.fullmatch(name) is not None


def _translated(found: re.Match[str]) -> str:
    folders, anything, star, one, group, text, other = found.groups()
    if folders:
        return "(?:[^/]+/)*"
    if anything:
        return ".*"
    if star:
        return "[^/]*"
    if one:
        return "[^/]"
    if group:
        negated = group[1:2] == "!"
        inner = re.escape(group[2:-1] if negated else group[1:-1]).replace(r"\-", "-")
        return f"[{'^' if negated else ''}{inner}]"
    return re.escape(text or other)

"""Matches names in a bucket with globs, as `glob` does with files."""

import re
from collections.abc import Callable

_MAGIC = re.compile(r"[*?\[]")
_PARTS = re.compile(r"(\*\*/)|(\*\*)|(\*)|(\?)|(\[[^\]/]+\])|([^*?\[]+)|(.)", re.DOTALL)


def has_magic(text: str) -> bool:
    """Whether a text contains a wildcard."""
    return _MAGIC.search(text) is not None


def fixed_part(pattern: str) -> str:
    """The folder at the beginning of a glob: its parts before the first wildcard."""
    fixed = _MAGIC.split(pattern, maxsplit=1)[0]
    return fixed.rpartition("/")[0]


def matcher(pattern: str) -> Callable[[str], bool]:
    """A function that checks whether a name matches a glob; only `**` matches slashes."""
    pattern_text = "".join(_translated(match) for match in _PARTS.finditer(pattern))
    compiled = re.compile(pattern_text, re.DOTALL)
    return lambda name: compiled.fullmatch(name) is not None


def _translated(match: re.Match[str]) -> str:
    folders, anything, star, single, group, text, other = match.groups()
    if folders:
        return "(?:[^/]+/)*"
    if anything:
        return ".*"
    if star:
        return "[^/]*"
    if single:
        return "[^/]"
    if group:
        negated = group[1:2] == "!"
        inner = re.escape(group[2:-1] if negated else group[1:-1]).replace(r"\-", "-")
        return f"[{'^' if negated else ''}{inner}]"
    return re.escape(text or other)

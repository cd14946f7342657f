"""Patterns of names as Argo CD compares them: globs, and in lists of namespaces regular expressions too.

Source: github.com/gobwas/glob 0.2.3 (syntax/lexer, syntax/ast) without separators, and MatchStringInList of
util/glob/list.go of Argo CD 3. A glob is compared with all places of the name at once, so that no pattern
takes long.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

_ANY, _ONE = object(), object()
Part = object
"""`_ANY`, `_ONE`, a text, a test of one character, or a list of alternatives."""


class _CharacterSet:
    """The characters of a range such as `[a-c]`, `[abc]` or `[!abc]`."""

    def __init__(self, chosen: str | tuple[str, str], *, inverted: bool) -> None:
        self._chosen, self._inverted = chosen, inverted

    def __contains__(self, character: str) -> bool:
        chosen = self._chosen
        within = character in chosen if isinstance(chosen, str) else chosen[0] <= character <= chosen[1]
        return within != self._inverted


class _BrokenGlobError(ValueError):
    """A glob that Argo CD cannot read; it matches nothing."""


def glob_matches(pattern: str, name: str) -> bool:
    """Whether a glob matches a whole name; False if Argo CD cannot read it."""
    parts = _parsed(pattern)
    return parts is not None and len(name) in _after(parts, name, {0})


def is_readable(pattern: str) -> bool:
    """Whether Argo CD can read a glob."""
    return _parsed(pattern) is not None


def in_list(patterns: Iterable[str], name: str) -> bool:
    """Whether a name matches one of some globs, or of some regular expressions between slashes.

    An expression that could take long, or that Python reads differently, counts as one that matches.
    """
    return any(_expression_matches(pattern, name) or glob_matches(pattern, name) for pattern in patterns)


def _after(parts: "list[Part]", name: str, places: set[int]) -> set[int]:
    """The places in a name at which some parts of a glob end if they begin at one of some places."""
    for part in parts:
        if part is _ANY:
            places = set(range(min(places), len(name) + 1)) if places else places
        elif part is _ONE:
            places = {place + 1 for place in places if place < len(name)}
        elif isinstance(part, str):
            places = {place + len(part) for place in places if name.startswith(part, place)}
        elif isinstance(part, _CharacterSet):
            places = {place + 1 for place in places if place < len(name) and name[place] in part}
        elif isinstance(part, list):
            places = set().union(*(_after(alternative, name, places) for alternative in part))
    return places


@lru_cache(maxsize=1024)
def _parsed(pattern: str) -> "list[Part] | None":
    try:
        return _parts(pattern)
    except _BrokenGlobError:
        return None


def _parts(pattern: str) -> "list[Part]":
    """The parts of a glob; braces that are never closed end with the pattern."""
    whole: list[Part] = []
    open_braces: list[tuple[list[Part], list[list[Part]]]] = []
    here, place = whole, 0
    while place < len(pattern):
        character = pattern[place]
        place += 1
        if character == "{":
            alternatives: list[list[Part]] = [[]]
            here.append(alternatives)
            open_braces.append((here, alternatives))
            if len(open_braces) > _DEPTH:
                raise _BrokenGlobError(pattern)
            here = alternatives[0]
        elif character == "," and open_braces:
            here = []
            open_braces[-1][1].append(here)
        elif character == "}" and open_braces:
            here = open_braces.pop()[0]
        elif character == "[":
            part, place = _range(pattern, place)
            here.append(part)
        elif character in "?*":
            here.append(_ONE if character == "?" else _ANY)
        else:
            if character == "\\":
                character = pattern[place : place + 1]
                place += 1
            here.append(character)
    return whole


_DEPTH = 50
"""How deep braces may be nested here; a deeper glob counts as one that cannot be read."""


def _range(pattern: str, place: int) -> tuple[_CharacterSet, int]:
    """The characters of a range that begins at a place, and the place behind it."""
    inverted = pattern.startswith("!", place)
    place += inverted
    if pattern.startswith("-", place + 1):
        low, high = pattern[place], pattern[place + 2 : place + 3]
        if not high or high < low or not pattern.startswith("]", place + 3):
            raise _BrokenGlobError(pattern)
        return _CharacterSet((low, high), inverted=inverted), place + 4
    listed = ""
    while place < len(pattern) and pattern[place] != "]":
        place += pattern[place] == "\\"
        listed += pattern[place : place + 1]
        place += 1
    if not listed or place >= len(pattern):
        raise _BrokenGlobError(pattern)
    return _CharacterSet(listed, inverted=inverted), place + 1


_SIMPLE = re.compile(
    r"\^?(?:[\w-][*+?]?|\\?\.[*+?]?|\[\^?[\w-]+\][*+?]?|\||\((?!\?)|\)(?![*+?{]))*\$?", re.ASCII
)
"""Expressions that Python and Argo CD read alike, and that take little time for a short name."""
_QUANTIFIERS = 2


def _expression_matches(pattern: str, name: str) -> bool:
    if len(pattern) < 2 or not (pattern.startswith("/") and pattern.endswith("/")):
        return False
    expression = pattern[1:-1]
    if len(re.findall(r"[*+?]", expression)) > _QUANTIFIERS or not _SIMPLE.fullmatch(expression):
        return True
    try:
        return re.search(expression, name) is not None
    except re.error:
        return False

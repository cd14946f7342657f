"""Handles text that only one of libyaml and go-yaml can read.

For go-yaml a colon before a bracket or comma in flow style, as in `[001:db8::]`, is part of a text. Where
libyaml stops at one, it is replaced by a character that is not in the text, and the text is read again.
Source: go-yaml v2.4 scannerc.go, libyaml 0.2.5 scanner.c.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import yaml

T = TypeVar("T")

_MOST_COLONS = 1000
"""The most colons that are replaced, since each is found by reading the text up to it."""
_PRIVATE = range(0xE000, 0xF8FF)
_INNER_COLON = re.compile(r"(?<=:):(?=[,\]}?\[{])")
_INDICATORS = ",?[]{}"
_BREAKS = "\n\r\x85\u2028\u2029"
_INNER_BOM = re.compile(f"[{_BREAKS}]\ufeff")
_ENDED_AT_ONCE = re.compile(rf"(?:[ \t]*(?:#[^{_BREAKS}]*)?[{_BREAKS}])*\.\.\.(?=[ \t{_BREAKS}])")
_DIRECTIVE = (
    r"%(?:YAML[ \t]+1\.[0-9]|TAG[ \t]+![\w-]*!?[ \t]+[\w!:/.,-]+)(?:[ \t]+|(?=[\n\r\x85\u2028\u2029]))"
)
_COMMENT = f"(?:#[^{_BREAKS}]*)?"
_DIRECTIVES = re.compile(f"(?:(?:{_DIRECTIVE}|[ ]*){_COMMENT}[{_BREAKS}])*")
_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")


def read_colons(text: str, read: Callable[[str, str], T]) -> T:
    """The result of `read` for a text and the character that replaces a colon in it ("": none).

    Raises:
        yaml.YAMLError: The text is not YAML.
    """
    stand_in = ""
    for _ in range(_MOST_COLONS):
        try:
            return read(text, stand_in)
        except yaml.MarkedYAMLError as error:
            position = _colon(text, error)
            if position < 0:
                raise
        stand_in = stand_in or next(chr(code) for code in _PRIVATE if chr(code) not in text)
        # Similar colons after it, as in IPv6 prefixes, are replaced at the same time.
        text = text[:position] + stand_in + _INNER_COLON.sub(stand_in, text[position + 1 :])
    return read(text, stand_in)


def _colon(text: str, error: yaml.MarkedYAMLError) -> int:
    """The position of the colon at which reading stopped, if it is part of a text; else -1."""
    position = error.problem_mark.index if error.problem_mark else 0
    inside = 0 < position < len(text) - 1 and text[position] == ":" and text[position + 1] in _INDICATORS
    return (
        position if inside and not (text[position - 1].isspace() or text[position - 1] in _INDICATORS) else -1
    )


def compose(text: str) -> Any:
    """The nodes of the first document of a text that was read without error."""
    return read_colons(text, _composed)


def _composed(text: str, stand_in: str) -> Any:
    node = yaml.compose(text, yaml.CSafeLoader)
    if stand_in:
        _put_back(node, stand_in)
    return node


def _put_back(node: Any, stand_in: str) -> None:
    waiting = [node]
    while waiting:
        node_left = waiting.pop()
        if isinstance(node_left, yaml.ScalarNode):
            node_left.value = node_left.value.replace(stand_in, ":")
        elif isinstance(node_left, yaml.MappingNode):
            waiting += [inner for pair in node_left.value for inner in pair]
        elif isinstance(node_left, yaml.SequenceNode):
            waiting += node_left.value


def only_directives(text: str) -> bool:
    """Whether a text contains only directives and comments."""
    return _DIRECTIVES.fullmatch(text) is not None


def oddity(text: str) -> tuple[int, str, str] | None:
    """A part of a text that libyaml and go-yaml read differently: its position, a message, and advice."""
    if "\ufeff" in text and (match := _INNER_BOM.search(text)):
        return match.end(), "there is a byte order mark within the text", "remove it"
    if "..." in text and (match := _ENDED_AT_ONCE.match(text)):
        return match.end(), "the document ends before it has begun", "remove the line that starts with ..."
    return None


def has_slash_escape(source: str) -> bool:
    r"""Whether a text in double quotes contains `\/`, which is an escape in JSON but not for go-yaml."""
    return _SLASH.search(source) is not None

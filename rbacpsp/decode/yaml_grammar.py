"""Where libyaml's grammar and go-yaml's part: what only one of them reads.

A colon before a bracket or comma in flow style, as in `[001:db8::]`, is part of a text for go-yaml. Where
libyaml stops at one, it is put aside as a character that is nowhere in the text, and the text is read again.
Source: go-yaml v2.4 scannerc.go, libyaml 0.2.5 scanner.c.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import yaml

T = TypeVar("T")

_MOST_COLONS = 1000
"""Each is found by reading the text up to it."""
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
    """What `read` makes of a text, given the text and the character that stands for a colon in it ("": none).

    Raises:
        yaml.YAMLError: The text is not YAML.
    """
    aside = ""
    for _ in range(_MOST_COLONS):
        try:
            return read(text, aside)
        except yaml.MarkedYAMLError as error:
            at = _colon(text, error)
            if at < 0:
                raise
        aside = aside or next(chr(code) for code in _PRIVATE if chr(code) not in text)
        # Those behind it that look alike, as in IPv6 prefixes, are put aside with it.
        text = text[:at] + aside + _INNER_COLON.sub(aside, text[at + 1 :])
    return read(text, aside)


def _colon(text: str, error: yaml.MarkedYAMLError) -> int:
    """Where the colon stands at which reading stopped, if it is one that belongs to a text; else -1."""
    at = error.problem_mark.index if error.problem_mark else 0
    inside = 0 < at < len(text) - 1 and text[at] == ":" and text[at + 1] in _INDICATORS
    return at if inside and not (text[at - 1].isspace() or text[at - 1] in _INDICATORS) else -1


def compose(text: str) -> Any:
    """The nodes of the first document of a text that was read without error."""
    return read_colons(text, _composed)


def _composed(text: str, aside: str) -> Any:
    node = yaml.compose(text, yaml.CSafeLoader)
    if aside:
        _put_back(node, aside)
    return node


def _put_back(node: Any, aside: str) -> None:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, yaml.ScalarNode):
            one.value = one.value.replace(aside, ":")
        elif isinstance(one, yaml.MappingNode):
            waiting += [each for pair in one.value for each in pair]
        elif isinstance(one, yaml.SequenceNode):
            waiting += one.value


def only_directives(text: str) -> bool:
    """Whether a text holds nothing but directives and comments."""
    return _DIRECTIVES.fullmatch(text) is not None


def oddity(text: str) -> tuple[int, str, str] | None:
    """What libyaml and go-yaml read differently: where it is, what it is, and what to do about it."""
    if "\ufeff" in text and (found := _INNER_BOM.search(text)):
        return found.end(), "there is a byte order mark within the text", "remove it"
    if "..." in text and (found := _ENDED_AT_ONCE.match(text)):
        return found.end(), "the document ends before it has begun", "remove the line that starts with ..."
    return None


def has_slash_escape(source: str) -> bool:
    r"""Whether a text between double quotes holds `\/`, which is an escape of JSON and not one of go-yaml."""
    return _SLASH.search(source) is not None

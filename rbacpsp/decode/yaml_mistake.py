"""Explains why a text is not YAML, from where libyaml stops and which brackets are open there.

libyaml's own messages change with its release.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import yaml

from rbacpsp.model.nesting import DEEPEST, TOO_DEEP
from rbacpsp.model.printable import shown

_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*+\"|'[^']*+'")
_TEMPLATE = re.compile(r"\{\{-? ?[\w.$]")
_NO_START = "@`%"
"""Characters that cannot start a plain value."""
_LONGEST = 40


class OpenBracket(NamedTuple):
    """A list or mapping in brackets that is open."""

    mark: str
    line: int


def explained(
    error: yaml.MarkedYAMLError, text: str, first: int, opened: Sequence[OpenBracket]
) -> tuple[int, str, str]:
    """The line of a mistake, what is wrong, and advice.

    Args:
        error: The error of libyaml.
        text: The text of the document.
        first: The line on which the text starts.
        opened: The lists and mappings in brackets that were open, the innermost last.
    """
    lines = text.rstrip(" \r\n").split("\n")
    mark = error.problem_mark or error.context_mark
    line_index, column = (mark.line, mark.column) if mark else (0, 0)
    ended = line_index >= len(lines)
    line_index = min(line_index, len(lines) - 1)
    line_text = lines[line_index]
    if "\t" in line_text[: len(line_text) - len(line_text.lstrip())] or (
        not ended and line_text[column : column + 1] == "\t"
    ):
        return (
            first + line_index,
            "a tab is used to indent",
            "YAML indents with spaces: replace the tab by spaces",
        )
    text_before = "\n".join([*lines[:line_index], line_text if ended else line_text[:column]])
    if _depth(text_before) > DEEPEST:
        return first + line_index, *TOO_DEEP
    mistake_words = (
        _in_quotes(error, lines, first, ended=ended)
        or _in_brackets(opened)
        or _no_key(error, lines, first)
        or _at_character("" if ended else line_text[column : column + 1])
    )
    template = _TEMPLATE.search(text)
    advice = "render the template first, for example with helm template" if template else "fix the YAML"
    column_words = "" if ended else f" (column {column + 1})"
    return first + line_index, f"this is not YAML: {mistake_words}{column_words}", advice


def _depth(text: str) -> int:
    """How many brackets are open at the end of a text."""
    bare = _QUOTED.sub("", text)
    return sum(map(bare.count, "[{")) - sum(map(bare.count, "]}"))


def _in_quotes(error: yaml.MarkedYAMLError, lines: Sequence[str], first: int, *, ended: bool) -> str:
    mark = error.context_mark
    if not isinstance(error, yaml.scanner.ScannerError) or mark is None or mark.line >= len(lines):
        return ""
    quote = lines[mark.line][mark.column : mark.column + 1]
    if quote not in {'"', "'"}:
        return ""
    start = f"the text that {quote} begins on line {first + mark.line}"
    return f"{start} has no closing {quote}" if ended else f"{start} has an escape that YAML does not know"


def _in_brackets(opened: Sequence[OpenBracket]) -> str:
    if not opened:
        return ""
    innermost = opened[-1]
    return f'what "{innermost.mark}" begins on line {innermost.line} is not closed, or lacks a comma'


def _no_key(error: yaml.MarkedYAMLError, lines: Sequence[str], first: int) -> str:
    """A line of text where a key is expected: libyaml searches its ":" until the next line begins."""
    mark = error.context_mark
    if not isinstance(error, yaml.scanner.ScannerError) or mark is None or mark.line >= len(lines):
        return ""
    written = lines[mark.line][mark.column :].strip()
    if not written or ":" in written or written[0] in "!&*|>%@`":
        return ""
    key = written if len(written) <= _LONGEST else f"{written[:_LONGEST]}..."
    return f'line {first + mark.line} has no ":" after "{shown(key)}"'


def _at_character(character: str) -> str:
    if character and character in _NO_START:
        return f'a value cannot begin with "{character}": put it in quotes'
    if character == ":":
        return (
            'a ":" is out of place: indent as the lines above do, or put a value that contains ": " in quotes'
        )
    return "this does not continue what is above it: check the indentation, quotes and brackets"

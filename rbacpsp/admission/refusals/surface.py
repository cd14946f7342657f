"""Undoes what terminals, mail and loggers do to a message.

Escaped quotes are unescaped, prefixes that a mail program or a terminal put before each line are removed, and
lines that a terminal broke are joined.
"""

import html
import re
from collections.abc import Iterator
from itertools import pairwise

_COLORS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_ENTITY = re.compile(r"&(?:quot|apos|#34|#39|#x27|#x22|lt|gt|amp);")
_CURLY = str.maketrans(
    {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00a0": " ", "\u2019": "'", "\u2018": "'"}
)
_ESCAPED = re.compile(r'(?:^|[\s(\[{=:,])\\+"')
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_MARK = re.compile(r"^(?:[ \t]*(?:>|[|\u2502\u2503\u2551\u2577\u2575])(?=[ \t>]|$))+[ \t]?")
_TAIL_MARK = re.compile(r"[ \t]*[|\u2502\u2503\u2551][ \t]*$")
_LOG_HEAD = re.compile(
    r"^(?:[IWEF]\d{4} |\d{4}-\d\d-\d\d|time=|level=|ts=|LAST SEEN|NAMESPACE |Warning[ :]|Error)"
)
_CONTINUED = re.compile(r"[ \t]*\\\n[ \t]*")
"""A line of a shell command that continues on the next line."""
_ROUNDS = 4
_NARROWEST = 40
_USUAL_WIDTHS = frozenset({80, 100, 120, 132, 160, 200})


def surfaces(text: str) -> Iterator[str]:
    """The ways to read a text, the more likely first: lines wrapped at blanks, or broken anywhere."""
    plain = _unescape_quotes(_without_quote_marks(_normalized(text)))
    joined = _join_broken_lines(plain)
    ways = (joined, plain) if _fills_a_terminal(plain) else (plain, joined)
    yield from dict.fromkeys(ways)


def _normalized(text: str) -> str:
    text = _COLORS.sub("", text).translate(_CURLY).replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTINUED.sub(" ", text)
    return html.unescape(text) if _ENTITY.search(text) else text


def _without_quote_marks(text: str) -> str:
    """The text without quoting marks and box borders, where each line of a paragraph has one."""
    return "\n".join(_TAIL_MARK.sub("", _MARK.sub("", line)) for line in text.split("\n"))


def _unescape_quotes(text: str) -> str:
    """Unescapes quotes, except for one within a quoted name."""
    for _ in range(_ROUNDS):
        lines = text.split("\n")
        again = [_ESCAPE.sub(_character, line) if _ESCAPED.search(line) else line for line in lines]
        if again == lines:
            break
        text = "\n".join(again)
    return text


def _character(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return {"n": "\n", "r": "\n", "t": " "}.get(code, code)


def _fills_a_terminal(text: str) -> bool:
    """Whether every line but the last fills a terminal, so that lines may break inside words."""
    *most, _ = text.strip("\n").split("\n")
    widths = {len(line) for line in most}
    if not widths or max(widths) < _NARROWEST:
        return False
    even = max(widths) - min(widths) <= 1  # a blank at the end of a line is lost when it is copied
    return even and (len(most) > 1 or max(widths) in _USUAL_WIDTHS)


def _join_broken_lines(text: str) -> str:
    """Joins lines that fill the width of a terminal with the next."""
    lines = text.split("\n")
    width = max(map(len, lines))
    if width < _NARROWEST:
        return text
    out = lines[:1]
    for before, line in pairwise(lines):
        broken = len(before) == width and line and not line[0].isspace() and not _LOG_HEAD.match(line)
        if broken:
            out[-1] += line
        else:
            out.append(line)
    return "\n".join(out)

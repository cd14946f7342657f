"""Prints text as Go does, which the API server's messages are written with."""

import re
from collections.abc import Iterable

_ESCAPES = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    '"': r"\"",
    "\\": r"\\",
}
_CHARACTERS = {escape: char for char, escape in _ESCAPES.items()}
_ESCAPED = re.compile(
    r"\\(?:x([0-9a-f]{2})"
    r"|u([0-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2})"  # halves of surrogate pairs are not characters
    r"|U(00(?:0[0-9a-f]|10)[0-9a-f]{4})"
    r"|(.))"
)

SPACES = " \t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""The characters that strings.TrimSpace removes; str.strip removes four control characters more."""

QUOTED = r'"((?:[^"\\]|\\.)*)"'
"""A regular expression for what `quote` prints; its group is an argument of `unquote`."""

_SANITIZED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def quote(text: str) -> str:
    r"""A string as the verb `%q` prints it: in double quotes, with unprintable characters escaped.

    Source: Go's strconv.Quote (1.20, which built Kubernetes 1.24.17).
    """
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(map(_escape, text)) + '"'


def unquote(text: str) -> str:
    """The string that `quote` printed as this text between the quotes."""
    return _ESCAPED.sub(_character, text)


def sanitized(text: str) -> str:
    """The text of a refusal as it is sent: escaped for a browser.

    Source: apiserver/pkg/endpoints/handlers/responsewriters/errors.go sanitizer (1.24).
    """
    return text.translate(_SANITIZED)


def desanitized(text: str) -> str:
    """The text that `sanitized` escaped."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _character(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    return chr(int(code, 16)) if code else _CHARACTERS.get(match[0], match[4])


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def aggregate(errors: Iterable[object]) -> str:
    """Several errors as one text: each once, and in brackets unless there is exactly one.

    Source: apimachinery/pkg/util/errors/errors.go aggregate.Error (1.24).
    """
    distinct = list(dict.fromkeys(map(str, errors)))
    return distinct[0] if len(distinct) == 1 else f"[{', '.join(distinct)}]"

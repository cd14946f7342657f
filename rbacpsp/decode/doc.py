"""A document that was read from a text, and what may be wrong with one."""

import re
from typing import Any

import msgspec
from msgspec import Struct

from rbacpsp.decode.locate import Locate
from rbacpsp.decode.problems import Problem
from rbacpsp.model import Document
from rbacpsp.model.printable import shown
from rbacpsp.model.value_path import Path

TOO_DEEP = ("the nesting is too deep", "no Kubernetes object needs that")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


class Doc(Struct, frozen=True):
    """A document that was read: the text of a JSON value (bytes), or the value of a YAML document."""

    document: Document
    body: Any
    locate: Locate
    repeated: tuple[Problem, ...] = ()
    """The keys that appear twice, of which the last was used."""
    placeholders: bool = False
    """Whether its file may contain placeholders."""
    patch_of: str = ""
    """The kustomization that lists its file as a patch."""

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON text that is not decoded yet."""
        return isinstance(self.body, bytes)

    def problem(self, message: str, advice: str, path: Path = ()) -> Problem:
        """A problem at a path in the document."""
        document = self.document
        return Problem(document.file, document.number, self.locate(path) or document.line, message, advice)


class UnreadableJSONError(ValueError):
    """A JSON text with a value that cannot be read; the message says which and why."""


def json_values(text: bytes | msgspec.Raw) -> Any:
    """The values of a JSON text.

    Raises:
        UnreadableJSONError: A number is out of range, a string contains half of a surrogate pair, or the
            nesting is too deep. Go refuses such a number too, and replaces the half by U+FFFD.
    """
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise UnreadableJSONError(TOO_DEEP[0]) from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        reason_words = "half of a surrogate pair" if _HALF.search(bytes(text)) else "a number is out of range"
        raise UnreadableJSONError(f"a value in this JSON cannot be read: {reason_words}") from None


def repeated_key(document: Document, line: int, key: str, first_line: int) -> Problem:
    """The problem of a key that appears twice in one object."""
    words = f'the key "{shown(key)}" appears twice (first on line {first_line})'
    return Problem(document.file, document.number, line, words, "remove one of the two")

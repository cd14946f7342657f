"""Splits a YAML text into documents as kubectl does before it parses them."""

import re
from collections.abc import Iterator

from msgspec import Struct

from rbacpsp.model.go import SPACES

_SEPARATOR = re.compile(r"^---([^\n]*)\n?", re.MULTILINE)
_BOM = "\ufeff"


class YAMLText(Struct, frozen=True):
    """The text of one document, including the line of its separator."""

    text: str
    first: int
    """The line on which `text` starts, from 1."""
    start: int = 0
    """Where in `text` the document itself starts: after its separator."""
    leads: bool = True
    """Whether nothing is before it, so that kubectl parses the line of its separator too."""

    @property
    def content(self) -> str:
        """The document itself, on its own lines and with a line break at its end, as kubectl parses it.

        A separator with content on its line is kept, which YAML allows and newer releases of kubectl refuse.
        """
        # With the line of a separator, kubectl drops a byte order mark behind it.
        dropped = self.start and not self.leads and not _content(self._behind)
        body = f"\n{self.text[self.start :].removeprefix(_BOM)}" if dropped else self.text
        return body if body.endswith("\n") else f"{body}\n"

    @property
    def misspelt(self) -> str:
        """The text that follows `---` without a blank: a separator for kubectl, but not in YAML."""
        behind = self._behind
        if any(end in behind.removesuffix("\r") for end in "\r\x85\u2028\u2029"):
            return behind.strip(SPACES)  # a comment ends there, and what follows is not a comment
        return behind if behind.strip(SPACES) and behind[0] not in " \t" else ""

    @property
    def _behind(self) -> str:
        return self.text[3 : self.start].removesuffix("\n") if self.start else ""


def _content(behind: str) -> bool:
    trimmed = behind.strip(SPACES)
    return bool(trimmed) and not trimmed.startswith("#")


def split(text: str, line: int = 1) -> Iterator[YAMLText]:
    """The documents of a text, including those with only comments, split at lines that start with `---`.

    `line` is the line on which the text starts. A mistake in one document does not affect the next.
    Source: YAMLReader of apimachinery/pkg/util/yaml/decoder.go, 0.37.
    """
    separators = list(_SEPARATOR.finditer(text))
    starts = [0, *(separator.start() for separator in separators)]
    bodies = [0, *(separator.end() - separator.start() for separator in separators)]
    leads = True
    for start, end, body in zip(starts, [*starts[1:], len(text)], bodies, strict=True):
        part = text[start:end]
        if part:
            yield YAMLText(part, line, body, leads)
            leads = not leads and len(part) == body
        line += part.count("\n")

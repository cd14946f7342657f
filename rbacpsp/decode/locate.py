"""Finds the line of a value in JSON; a document is parsed again only when there is a message about it.

`yaml_locate` does the same for YAML.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from json import JSONDecodeError, JSONDecoder

import msgspec
from msgspec import Struct, field

from rbacpsp.model.value_path import Path

Locate = Callable[[Path], int]
"""The line of the value at a path, or of its innermost existing parent; 0 where there are no lines."""

_SPACE = re.compile(r"[ \t\r\n]*")


def nowhere(_path: Path) -> int:
    """The locator for values that were not read from a text."""
    return 0


class _Members(Struct):
    """The members of a JSON object that were found so far; many fields of one object may be searched."""

    upto: int
    """The offset at which the next key is searched."""
    value: int = 0
    """The offset of the last member's value, until it is skipped."""
    offsets: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The offsets of each key and its value."""


class _Items(msgspec.Struct):
    items: list[msgspec.Raw]


class JSONLocator:
    """Finds lines in one JSON document that starts at an offset of some bytes."""

    def __init__(self, data: bytes, start: int, line: int) -> None:
        self._data = data
        self._start = start
        self._line = line
        self._text: str | None = None
        self._newlines: list[int] = []
        self._skip = JSONDecoder().raw_decode
        self._places: dict[Path, tuple[list[int], int]] = {}
        self._members: dict[Path, _Members] = {}
        self._known: dict[Path, tuple[int, int] | None] = {}

    def __call__(self, path: Path) -> int:
        """The line of the value at a path, or of what is nearest to it."""
        if self._text is None:
            self._text = self._data[self._start :].decode("utf-8", "replace")
            self._newlines = [member.start() for member in re.finditer("\n", self._text)]
        offset = self._blank(0)
        value = offset
        for count, step in enumerate(path):
            # Many fields of one object may be searched: each step is searched once.
            upto = path[: count + 1]
            if upto in self._known:
                member = self._known[upto]
            else:
                member = self._known[upto] = self._member(value, step, path[:count])
            if member is None:
                break
            offset, value = member
        return self._line + bisect_left(self._newlines, offset)

    def line_of_item(self) -> Callable[[int], int]:
        """A function for the line of an item of the list that the document is; the first call finds all."""
        lines: list[int] = []

        def line(item: int) -> int:
            if not lines:
                lines.extend(
                    self._lines_of(msgspec.json.decode(self._data[self._start :], type=_Items).items)
                )
            return lines[item]

        return line

    def _lines_of(self, items: Iterable[msgspec.Raw]) -> Iterator[int]:
        """The lines on which the items of a list start, in one pass over the text."""
        position, line = self._start, self._line
        for item in items:
            text = bytes(item)
            start = self._data.find(text, position)
            line += self._data.count(b"\n", position, start)
            yield line
            line += text.count(b"\n")
            position = start + len(text)

    def _blank(self, offset: int) -> int:
        match = _SPACE.match(self._text or "", offset)
        return match.end() if match else offset

    def _member(self, offset: int, step: str | int, above: Path) -> tuple[int, int] | None:
        text = self._text or ""
        try:
            if isinstance(step, int):
                return self._element(text, offset, step, above)
            if text[offset] != "{":
                return None
            members = self._members.setdefault(above, _Members(self._blank(offset + 1)))
            while step not in members.offsets and self._next(text, members):
                pass
            return members.offsets.get(step)
        except (IndexError, JSONDecodeError, RecursionError):
            return None

    def _next(self, text: str, members: "_Members") -> bool:
        """Find one more member; the value of the last one is skipped only now, as it may be a large list."""
        if members.value:
            members.upto = self._blank(self._blank(self._skip(text, members.value)[1]) + 1)
            members.value = 0
        if text[members.upto] != '"':
            return False
        key, end = self._skip(text, members.upto)
        members.value = self._blank(self._blank(end) + 1)
        members.offsets.setdefault(key, (members.upto, members.value))
        return True

    def _element(self, text: str, offset: int, step: int, above: Path) -> tuple[int, int] | None:
        # The elements found so far are remembered: a list of 100,000 items may hold many mistakes.
        offsets, next_offset = self._places.get(above, ([], 0))
        if not next_offset:
            if text[offset] != "[":
                return None
            next_offset = self._blank(offset + 1)
        while len(offsets) <= step and text[next_offset] != "]":
            offsets.append(next_offset)
            next_offset = self._blank(self._skip(text, next_offset)[1])
            next_offset = self._blank(next_offset + 1) if text[next_offset] == "," else next_offset
        self._places[above] = (offsets, next_offset)
        return (offsets[step], offsets[step]) if step < len(offsets) else None

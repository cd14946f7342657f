"""Finds the line of a value; a document is parsed again only when there is a message about it."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any

import msgspec
import yaml
from msgspec import Struct, field

from rbacpsp.decode.schema import Path
from rbacpsp.decode.yaml_grammar import compose
from rbacpsp.decode.yaml_split import YAMLText

Locate = Callable[[Path], int]
"""The line of the value at a path, or of what is nearest to it; 0 where there are no lines."""

_SPACE = re.compile(r"[ \t\r\n]*")


def nowhere(_path: Path) -> int:
    """The locator of values that were not read from a text."""
    return 0


class YAMLLocator:
    """Finds lines in one YAML document that was read without error."""

    def __init__(self, document: YAMLText, line: int) -> None:
        self._document = document
        self._line = line
        self._root: Any = None
        self._odd = False
        self._members: dict[int, dict[str, tuple[int, Any]]] = {}
        """Of each mapping that was looked into, by its identity: its keys, their lines and their values."""

    def __call__(self, path: Path) -> int:
        """The line of the value at a path, or of what is nearest to it."""
        node = self.root
        if node is None:
            return self._line
        line = int(node.start_mark.line)
        if not path:
            return self._line
        for step in path:
            found = self._member(node, step)
            if found is None:
                break
            line, node = found
        return self._document.first + line

    @property
    def text(self) -> str:
        """The document's text, which starts with a line break where a separator stands before it."""
        return self._document.content

    @property
    def root(self) -> Any:
        """The nodes of the text; None where PyYAML is stricter than kubectl: about anchors of one name."""
        if self._root is None and not self._odd:
            try:
                self._root = compose(self.text)
            except yaml.YAMLError:
                self._odd = True
        return self._root

    def _member(self, node: Any, step: str | int) -> tuple[int, Any] | None:
        if isinstance(node, yaml.MappingNode) and isinstance(step, str):
            members = self._members.get(id(node))
            if members is None:
                members = self._members[id(node)] = {}
                for key, value in node.value:
                    if isinstance(key, yaml.ScalarNode):
                        members.setdefault(key.value, (int(key.start_mark.line), value))
            return members.get(step)
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            value = node.value[step]
            return int(value.start_mark.line), value
        return None


class _Members(Struct):
    """The members of a JSON object that were found so far: many fields of one object may be asked for."""

    upto: int
    """Where the next key is looked for."""
    value: int = 0
    """Where the value of the last member starts, unless it was passed over."""
    found: dict[str, tuple[int, int]] = field(default_factory=dict)
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
            self._newlines = [found.start() for found in re.finditer("\n", self._text)]
        offset = self._blank(0)
        value = offset
        for count, step in enumerate(path):
            # Many fields of one object are asked for: each step is looked for once.
            upto = path[: count + 1]
            if upto in self._known:
                found = self._known[upto]
            else:
                found = self._known[upto] = self._member(value, step, path[:count])
            if found is None:
                break
            offset, value = found
        return self._line + bisect_left(self._newlines, offset)

    def line_of_item(self) -> Callable[[int], int]:
        """What tells the line of an item of the list that the document is; all are found with the first."""
        lines: list[int] = []

        def line(item: int) -> int:
            if not lines:
                lines.extend(
                    self._lines_of(msgspec.json.decode(self._data[self._start :], type=_Items).items)
                )
            return lines[item]

        return line

    def _lines_of(self, items: Iterable[msgspec.Raw]) -> Iterator[int]:
        """The lines on which the items of a list start, in one ignore the text."""
        at, line = self._start, self._line
        for item in items:
            text = bytes(item)
            start = self._data.find(text, at)
            line += self._data.count(b"\n", at, start)
            yield line
            line += text.count(b"\n")
            at = start + len(text)

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
            there = self._members.setdefault(above, _Members(self._blank(offset + 1)))
            while step not in there.found and self._next(text, there):
                pass
            return there.found.get(step)
        except (IndexError, JSONDecodeError, RecursionError):
            return None

    def _next(self, text: str, there: "_Members") -> bool:
        """Take in one more member; the value of the last is ignored only now: it may be a large list."""
        if there.value:
            there.upto = self._blank(self._blank(self._skip(text, there.value)[1]) + 1)
            there.value = 0
        if text[there.upto] != '"':
            return False
        key, end = self._skip(text, there.upto)
        there.value = self._blank(self._blank(end) + 1)
        there.found.setdefault(key, (there.upto, there.value))
        return True

    def _element(self, text: str, offset: int, step: int, above: Path) -> tuple[int, int] | None:
        # The elements found so far are remembered: a list of 100,000 items may hold many mistakes.
        places, upto = self._places.get(above, ([], 0))
        if not upto:
            if text[offset] != "[":
                return None
            upto = self._blank(offset + 1)
        while len(places) <= step and text[upto] != "]":
            places.append(upto)
            upto = self._blank(self._skip(text, upto)[1])
            upto = self._blank(upto + 1) if text[upto] == "," else upto
        self._places[above] = (places, upto)
        return (places[step], places[step]) if step < len(places) else None

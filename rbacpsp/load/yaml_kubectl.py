"""YAML documents as kubectl reads them, from the events of libyaml.

Values are built from events on a stack, so that nesting costs no recursion and can be bounded, aliases can be
counted, duplicate keys and lines are known, and the scalars are kubectl's own (`scalars.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from rbacpsp.load.problems import shown
from rbacpsp.load.scalars import key_text, resolve, tagged

DEEPEST = 200
"""Levels of nesting; a pod uses about 15."""
MOST_ALIASED = 100_000
"""Values that aliases may repeat in one document."""

_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_CONTENT = re.compile(r"^(?![ \t\r]*(?:#.*)?$)(?!%)(?!\.\.\.[ \t\r]*$)", re.MULTILINE)
_COLLECTION_TAGS = frozenset(
    {None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:set"}
)
_TEMPLATE = re.compile(r"\{\{-? ?[\w.$]")
_WAITING = object()
_MERGE = object()


class YAMLError(Exception):
    """A document that cannot be read: the line (of the whole text), what is wrong, what to do."""

    def __init__(self, line: int, message: str, advice: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.advice = advice


@dataclass(frozen=True, slots=True)
class YAMLText:
    """The text of one document: where it starts in the whole, and its place among those with content."""

    text: str
    number: int
    line: int
    """The line of its first content, from 1."""
    first: int
    """The line on which `text` itself starts, from 1."""


def split(text: str) -> Iterator[YAMLText]:
    """The documents of a text that hold more than comments, split at lines that start with `---`.

    kubectl splits so before it reads (apimachinery/pkg/util/yaml/decoder.go, 1.24): a mistake in one document
    does not hide the next.
    """
    number, line = 0, 1
    starts = [match.start() for match in _SEPARATOR.finditer(text)]
    for start, end in zip([0, *starts], [*starts, len(text)], strict=True):
        piece = text[start:end]
        body = piece.removeprefix("---")
        content = _CONTENT.search(body)
        if content:
            number += 1
            skipped = len(piece) - len(body)
            yield YAMLText(piece, number, line + piece.count("\n", 0, content.start() + skipped), line)
        line += piece.count("\n")


class _Open:
    """A list or mapping that is being read."""

    __slots__ = ("anchor", "key", "line", "lines", "size", "value")

    def __init__(self, value: dict[str, Any] | list[Any], anchor: str | None, line: int) -> None:
        self.value = value
        self.anchor = anchor
        self.line = line
        self.key: Any = _WAITING
        self.lines: dict[str, int] = {}
        self.size = 1


class _Builder:
    """Makes the values of one text out of its events."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.aliased = 0
        self.documents: list[Any] = []

    def read(self, text: str) -> list[Any]:
        # The types are compared by name once an event: isinstance chains take a third longer.
        parser = yaml.CSafeLoader(text)
        handle = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._mapping,
            yaml.SequenceStartEvent: self._sequence,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }
        try:
            while (event := parser.get_event()) is not None:
                act = handle.get(type(event))
                if act:
                    act(event)
        finally:
            parser.dispose()
        return self.documents

    def _line(self, event: Any) -> int:
        return self.first + int(event.start_mark.line)

    def _document(self, _event: Any) -> None:
        self.anchors = {}
        self.aliased = 0

    def _scalar(self, event: Any) -> None:
        text, tag = event.value, event.tag
        # Only `implicit[0]` tells a plain scalar from a quoted one.
        plain = event.implicit[0]
        value: Any
        try:
            if tag is not None and tag != "!":
                value = tagged(tag, text, plain=plain)
            elif not plain or tag == "!":
                value = text
            elif text == "<<" and self._wants_key():
                value = _MERGE
            else:
                value = resolve(text)
        except ValueError as error:
            raise YAMLError(
                self._line(event), shown(str(error)), "write a string in quotes, or a number"
            ) from None
        self._put(value, event, 1)

    def _wants_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].key is _WAITING and isinstance(self.stack[-1].value, dict)

    def _mapping(self, event: Any) -> None:
        self._open({}, event)

    def _sequence(self, event: Any) -> None:
        self._open([], event)

    def _open(self, value: dict[str, Any] | list[Any], event: Any) -> None:
        if self._wants_key():
            raise YAMLError(
                self._line(event),
                "a key is a list or a mapping, which JSON cannot hold",
                "write the key as a string; render a template such as {{ .Values.x }} first",
            )
        if event.tag not in _COLLECTION_TAGS:
            raise YAMLError(self._line(event), f"the tag {shown(event.tag)} is unknown", "remove the tag")
        if len(self.stack) >= DEEPEST:
            raise YAMLError(
                self._line(event),
                f"the nesting is deeper than {DEEPEST} levels",
                "no Kubernetes object needs that",
            )
        self.stack.append(_Open(value, event.anchor, self._line(event)))

    def _end(self, event: Any) -> None:
        done = self.stack.pop()
        if done.anchor:
            self.anchors[done.anchor] = (done.value, done.size)
        self._put(done.value, event, done.size, line=done.line)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            raise YAMLError(
                self._line(event),
                f'the alias "*{shown(event.anchor)}" refers to no value before it',
                f"define it with &{shown(event.anchor)}, or write the value out",
            )
        value, size = self.anchors[event.anchor]
        self.aliased += size
        if self.aliased > MOST_ALIASED:
            raise YAMLError(
                self._line(event),
                f"aliases repeat more than {MOST_ALIASED} values",
                "write the document without aliases",
            )
        self._put(value, event, size)

    def _put(self, value: Any, event: Any, size: int, line: int = 0) -> None:
        if line == 0 and event.anchor and not isinstance(event, yaml.AliasEvent):
            self.anchors[event.anchor] = (value, 1)
        if not self.stack:
            self.documents.append(value)
            return
        top = self.stack[-1]
        top.size += size
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is _WAITING:
            top.key = value if value is _MERGE else self._key(value, top, event)
        elif top.key is _MERGE:
            self._merge(value, top, event)
            top.key = _WAITING
        else:
            top.value[top.key] = value
            top.key = _WAITING

    def _key(self, value: Any, top: _Open, event: Any) -> str:
        line = self._line(event)
        if isinstance(value, dict | list):
            raise YAMLError(
                line, "a key is a list or a mapping, which JSON cannot hold", "write the key as a string"
            )
        try:
            key = key_text(value)
        except ValueError as error:
            raise YAMLError(line, str(error), "write the key in quotes") from None
        if key in top.lines:
            raise YAMLError(
                line,
                f'the key "{shown(key)}" is there twice (first on line {top.lines[key]})',
                "remove one of the two",
            )
        top.lines[key] = line
        return key

    def _merge(self, value: Any, top: _Open, event: Any) -> None:
        # As go-yaml does: what is merged replaces what stands before it and gives way to what follows.
        parts = value if isinstance(value, list) else [value]
        for part in reversed(parts):
            if not isinstance(part, dict):
                raise YAMLError(
                    self._line(event),
                    "the merge key << needs a mapping or a list of mappings",
                    "write the value out",
                )
            top.value.update(part)  # type: ignore[union-attr]  # a key is only read in a mapping


def values(document: YAMLText) -> list[Any]:
    """The values of one document; more than one where `...` ends it early.

    Raises:
        YAMLError: It is not YAML, or YAML that JSON cannot hold.
    """
    builder = _Builder(document.first)
    try:
        return builder.read(document.text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = document.first + (mark.line if mark else 0)
        raise _explained(error, document, line) from None
    except yaml.reader.ReaderError as error:
        # Its position counts bytes of UTF-8.
        line = document.first + document.text.encode()[: error.position].count(b"\n")
        raise YAMLError(
            line, f"there is a control character (U+{int(error.character):04X})", "remove it"
        ) from None


def _explained(error: yaml.MarkedYAMLError, document: YAMLText, line: int) -> YAMLError:
    lines = document.text.rstrip().split("\n")
    line = min(line, document.first + len(lines) - 1)
    here = lines[line - document.first]
    if "\t" in here[: len(here) - len(here.lstrip())] or "tab" in str(error.problem):
        return YAMLError(
            line, "a tab is used to indent", "YAML indents with spaces: replace the tab by spaces"
        )
    what = " ".join(part for part in (error.context, error.problem) if part)
    template = _TEMPLATE.search(document.text)
    advice = "render the template first, for example with helm template" if template else "mend the YAML"
    return YAMLError(line, f"this is not YAML: {shown(what)}", advice)

"""Reads YAML documents as kubectl does, from the events of libyaml.

Values are built from events on a stack, so that nesting needs no recursion and can be limited, aliases can be
counted, duplicate keys and lines are known, and scalars are read as kubectl reads them (`scalars.py`).
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import yaml
from msgspec import Struct

from rbacpsp.decode.scalars import MERGE_TAG, json_value, key_text, resolve, tagged
from rbacpsp.decode.yaml_grammar import has_slash_escape, oddity, only_directives, read_colons
from rbacpsp.decode.yaml_mistake import OpenBracket, explained
from rbacpsp.decode.yaml_split import YAMLText
from rbacpsp.model.nesting import DEEPEST, TOO_DEEP
from rbacpsp.model.printable import shown

MOST_ALIASED = 100_000
"""The most values that aliases may repeat in one document."""

_TAG = re.compile(r"(?:&\S+\s+)?(!\S*)")
_WAITING = object()
_MERGE = object()


class YAMLError(Exception):
    """A document that cannot be read: the line (of the whole text), what is wrong, what to do."""

    def __init__(self, line: int, message: str, advice: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.advice = advice


class YAMLValue(Struct, frozen=True):
    """The value of a document, the line of its first content, and the keys that were repeated."""

    value: Any
    line: int
    repeated: tuple[tuple[int, str, int], ...]
    """For each: its line, the key, and the line of the earlier one."""


class _Open:
    """A list or mapping that is being read."""

    __slots__ = ("anchor", "flow", "key", "line", "lines", "size", "value")

    def __init__(self, value: dict[str, Any] | list[Any], event: Any, line: int) -> None:
        self.value = value
        self.anchor: str | None = event.anchor
        self.flow: bool = event.flow_style
        self.line = line
        self.key: Any = _WAITING
        self.lines: dict[str, int] = {}
        self.size = 1


class _Builder:
    """Builds the value of one text from its events."""

    def __init__(self, text: str, stand_in: str, first: int, last_counts: bool) -> None:
        self.text = text
        self.aside = stand_in
        self.first = first
        self.last_counts = last_counts
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.aliased = 0
        self.begun = 0
        """The line of the first content, 0 before it."""
        self.value: Any = None
        self.repeated: list[tuple[int, str, int]] = []
        self._asks = "?" in text
        self._slashes = "\\/" in text

    def read(self) -> YAMLValue:
        # A dictionary finds the handler of an event: isinstance chains take a third longer.
        parser = yaml.CSafeLoader(self.text)
        handle: dict[Any, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: partial(self._open, {}),
            yaml.SequenceStartEvent: partial(self._open, []),
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
        }
        ended = False
        try:
            while (event := parser.get_event()) is not None:
                kind = type(event)
                act = handle.get(kind)
                if ended and kind is not yaml.StreamEndEvent:
                    raise _left_over(self._line(event))
                if act:
                    self.begun = self.begun or self._line(event)
                    act(event)
                elif kind is yaml.DocumentEndEvent:
                    ended = True
        except yaml.MarkedYAMLError as error:
            # kubectl reads nothing after the end of the first document.
            if not ended or not error.problem_mark:
                raise
            raise _left_over(self.first + int(error.problem_mark.line)) from None
        finally:
            parser.dispose()
        return YAMLValue(self.value, self.begun or self.first, tuple(self.repeated))

    def brackets(self) -> list[OpenBracket]:
        """The open lists and mappings in brackets, the innermost last."""
        return [
            OpenBracket("[" if isinstance(entry.value, list) else "{", entry.line)
            for entry in self.stack
            if entry.flow
        ]

    def _line(self, event: Any) -> int:
        return self.first + int(event.start_mark.line)

    def _scalar(self, event: Any) -> None:
        text, tag = event.value, event.tag
        if self.aside:
            text = text.replace(self.aside, ":")
        # Only `implicit[0]` distinguishes a plain scalar without a tag from a quoted one.
        plain = event.implicit[0]
        if self.stack and self.stack[-1].flow:
            self._check_flow(text, event)
        if self._slashes and event.style == '"':
            source = self.text[event.start_mark.index : event.end_mark.index]
            if has_slash_escape(source):
                raise YAMLError(
                    self._line(event), r"\/ is not an escape in YAML", "write / without the backslash"
                )
        value: Any
        if text == "<<" and self._wants_key() and ((plain and tag is None) or tag == MERGE_TAG):
            value = _MERGE
        elif tag is not None and tag != "!":
            try:
                value = tagged(tag, text)
            except ValueError as error:
                raise self._unfit(event, error) from None
        elif not plain or tag == "!":
            value = text
        else:
            value = resolve(text)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        self._put(value, event, 1)

    def _check_flow(self, text: str, event: Any) -> None:
        """Refuse what go-yaml reads otherwise in brackets: `?` and a leading `:` without quotes, and tags."""
        unquoted = not event.style
        if self._asks and unquoted and "?" in text:
            raise YAMLError(
                self._line(event), "a question mark is in a list or mapping in brackets", "quote the text"
            )
        if unquoted and text.startswith(":"):
            raise YAMLError(self._line(event), "a text in brackets starts with a colon", "quote the text")
        if event.tag is not None:
            self._spaced(event)

    def _spaced(self, event: Any) -> None:
        """Refuse a comma or bracket right after a tag, which is part of the tag only for go-yaml."""
        start = event.start_mark.index
        mark = _TAG.match(self.text, start)
        if mark and any(char in mark[0] for char in ",[]{}"):
            raise YAMLError(self._line(event), "a tag is not followed by a space", "put one there")

    def _unfit(self, event: Any, error: ValueError) -> YAMLError:
        return YAMLError(self._line(event), shown(str(error)), "write a string in quotes, or a number")

    def _wants_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].key is _WAITING and isinstance(self.stack[-1].value, dict)

    def _open(self, empty: dict[str, Any] | list[Any], event: Any) -> None:
        if self._wants_key():
            raise YAMLError(
                self._line(event),
                "a key is a list or a mapping, which JSON cannot hold",
                "write the key as a string; render a template such as {{ .Values.x }} first",
            )
        if len(self.stack) >= DEEPEST:
            raise YAMLError(self._line(event), *TOO_DEEP)
        self.stack.append(_Open(empty.copy(), event, self._line(event)))

    def _end(self, event: Any) -> None:
        done = self.stack.pop()
        if done.anchor:
            self.anchors[done.anchor] = (done.value, done.size)
        self._put(done.value, event, done.size)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            raise YAMLError(
                self._line(event),
                f'the alias "*{shown(event.anchor)}" does not refer to an earlier value',
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

    def _put(self, value: Any, event: Any, size: int) -> None:
        top = self.stack[-1] if self.stack else None
        if top and top.key is _WAITING and isinstance(top.value, dict):
            top.size += size
            top.key = value if value is _MERGE else self._key(value, top, event)
            return
        if type(value) is float:
            try:
                value = json_value(value)
            except ValueError as error:
                raise self._unfit(event, error) from None
        if top is None:
            self.value = value
            return
        top.size += size
        if isinstance(top.value, list):
            top.value.append(value)
            return
        if top.key is _MERGE:
            self._merge(value, top, event)
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
            if not self.last_counts:
                raise YAMLError(
                    line,
                    f'the key "{shown(key)}" appears twice (first on line {top.lines[key]})',
                    "remove one of the two",
                )
            self.repeated.append((line, key, top.lines[key]))
        top.lines[key] = line
        return key

    def _merge(self, value: Any, top: _Open, event: Any) -> None:
        # As in go-yaml, merged values replace earlier ones, and later ones replace them.
        parts = value if isinstance(value, list) else [value]
        for part in reversed(parts):
            if not isinstance(part, dict):
                raise YAMLError(
                    self._line(event),
                    "the merge key << needs a mapping or a list of mappings",
                    "write the value out",
                )
            top.value.update(part)  # type: ignore[union-attr]  # a key is only read in a mapping


def _left_over(line: int) -> YAMLError:
    return YAMLError(
        line,
        "kubectl does not read what follows the end of a document",
        "put a line of --- before it",
    )


def read_document(document: YAMLText, *, last_counts: bool = False) -> YAMLValue:
    """The value of one document; None if it contains only comments.

    With `last_counts` the last of two equal keys is used, as go-yaml does, instead of an error.

    Raises:
        YAMLError: It is not YAML, or has a value that JSON does not have.
    """
    if document.misspelt:
        raise YAMLError(
            document.first,
            f'"{shown(document.misspelt)}" follows --- without a space',
            "put it on its own line, or a space before it",
        )
    text = document.content
    odd_part = oddity(text)
    if odd_part:
        offset, message, advice = odd_part
        raise YAMLError(document.first + text.count("\n", 0, offset), message, advice)

    opened: list[OpenBracket] = []

    def read(prepared: str, stand_in: str) -> YAMLValue:
        builder = _Builder(prepared, stand_in, document.first, last_counts)
        try:
            return builder.read()
        finally:
            opened[:] = builder.brackets()

    try:
        return read_colons(text, read)
    except yaml.MarkedYAMLError as error:
        if only_directives(text):
            return YAMLValue(None, document.first, ())
        raise YAMLError(*explained(error, text, document.first, opened)) from None
    except yaml.reader.ReaderError as error:
        # Its position counts bytes of UTF-8.
        line = document.first + text.encode()[: error.position].count(b"\n")
        raise YAMLError(
            line, f"there is a control character (U+{int(error.character):04X})", "remove it"
        ) from None

"""The documents of one file: JSON values one after another, or YAML."""

import re
from collections.abc import Iterator
from json import JSONDecoder
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.decode.dump import ADVICE, LogError, between_logs, has_logs
from rbacpsp.decode.json_keys import repeated_keys
from rbacpsp.decode.json_mistake import json_mistake
from rbacpsp.decode.locate import JSONLocator, Locate, YAMLLocator
from rbacpsp.decode.problems import Problem, shown
from rbacpsp.decode.schema import Path
from rbacpsp.decode.templates import may_hold_placeholders, template
from rbacpsp.decode.yaml_kubectl import YAMLError, read_document
from rbacpsp.decode.yaml_split import split
from rbacpsp.model import Document

_JSON = re.compile(r"\s*\{\s*[\"}]|\s*\{\s*\Z")
_BRACKET = re.compile(rb"\s*[{\[]")
_TEMPLATE = re.compile(rb"\s*\{[{%]")
_BRACE = re.compile(rb"\s*\{")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_SPACE = re.compile(
    r"(?:[ \t\r\n]++|^---[ \t\r]*+$)*+", re.MULTILINE
)  # what is passed is never gone back over
_TOO_DEEP = ("the nesting is too deep", "no Kubernetes object needs that")
_MOST_MISTAKES = 100
"""The number of mistakes after which the rest of a text is not read, since finding each line takes time."""
_WRITTEN = 1 << 17
_PROBE = 1 << 20
"""Up to this size a text that starts like JSON but is not valid JSON is tried as YAML."""


class Doc(Struct, frozen=True):
    """A document that was read: the text of a JSON value (bytes), or the value of a YAML document."""

    document: Document
    body: Any
    locate: Locate
    repeated: tuple[Problem, ...] = ()
    """The keys that stand twice, of which the last was taken."""
    placeholders: bool = False
    """Whether its file contains the beginning of a placeholder."""
    patch_of: str = ""
    """The kustomization that lists its file as a patch."""

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON text that has still to be decoded."""
        return isinstance(self.body, bytes)

    def problem(self, message: str, advice: str, path: Path = ()) -> Problem:
        """Something wrong at a path in the document."""
        document = self.document
        return Problem(document.file, document.number, self.locate(path) or document.line, message, advice)


class UnreadableJSONError(ValueError):
    """A JSON text with a value that cannot be read; says which and why."""


def json_values(text: bytes | msgspec.Raw) -> Any:
    """The values of a JSON text.

    Raises:
        UnreadableJSONError: A number is too large for any use, half a surrogate pair is no character, or the
            nesting is too deep. Go refuses such a number too, and puts U+FFFD for the half.
    """
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise UnreadableJSONError(_TOO_DEEP[0]) from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        what = "half of a surrogate pair" if _HALF.search(bytes(text)) else "a number is out of range"
        raise UnreadableJSONError(f"a value in this JSON cannot be read: {what}") from None


def documents(name: str, data: bytes, *, last_counts: bool = False) -> Iterator[Doc | Problem]:
    """The documents of a file's bytes, in order; a document that cannot be read is a Problem in its place.

    The logs in what `kubectl cluster-info dump` prints are ignored. A duplicate key makes a document
    unreadable; with `last_counts` the last one wins, as in upstream's decoders. JSON is checked for duplicate
    keys only in files of up to 128 KiB, which people may have written.
    """
    for one in _documents(name, data, last_counts=last_counts):
        if isinstance(one, Doc) and one.is_json and len(data) <= _WRITTEN:
            yield _with_keys(one, last_counts=last_counts)
        else:
            yield one


def _with_keys(doc: Doc, *, last_counts: bool) -> Doc | Problem:
    place = doc.document
    found = repeated_keys(doc.body.decode(), place.line)
    problems = tuple(_twice(place, line, key, before) for line, key, before in found)
    if last_counts:
        return replace(doc, repeated=problems)
    return problems[0] if problems else doc


def _twice(place: Document, line: int, key: str, before: int) -> Problem:
    words = f'the key "{shown(key)}" is there twice (first on line {before})'
    return Problem(place.file, place.number, line, words, "remove one of the two")


def _documents(name: str, data: bytes, *, last_counts: bool) -> Iterator[Doc | Problem]:
    if not data.strip(b" \r\n"):
        return
    rendered = template(name, data) if _TEMPLATE.match(data) else None
    if rendered:
        yield rendered
        return
    is_json = _BRACKET.match(data) is not None
    if is_json:
        found = _json_file(name, data, last_counts=last_counts)
    else:
        found = _yaml_file(name, data, last_counts=last_counts)
    # Searching a large dump for placeholders would take long, and dumps have none.
    if (is_json and len(data) > _WRITTEN) or not may_hold_placeholders(data):
        yield from found
        return
    for one in found:
        yield one if isinstance(one, Problem) else replace(one, placeholders=True)


def _json_file(name: str, data: bytes, *, last_counts: bool) -> Iterator[Doc | Problem]:
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except RecursionError:
        yield Problem(name, 1, _first_line(data), *_TOO_DEEP)
    except msgspec.DecodeError:
        if _BRACE.match(data):
            yield from _values(name, data, last_counts=last_counts)
        else:
            yield from _yaml_file(name, data, last_counts=last_counts)
    else:
        bad = _not_text(name, data)
        yield bad or Doc(Document(name, 1, _first_line(data)), data, JSONLocator(data, 0, 1))


def _yaml_file(name: str, data: bytes, *, last_counts: bool) -> Iterator[Doc | Problem]:
    bad = _not_text(name, data)
    if bad:
        yield bad
        return
    found = _yaml_documents(name, data.decode(), last_counts=last_counts)
    rendered = template(name, data)
    if rendered or has_logs(data):
        listed = list(found)
        # Where a marker is no mistake, it is a part of a text; else a log may hold documents too.
        if any(isinstance(one, Problem) for one in listed):
            if rendered:
                yield rendered
                return
            words = "logs of containers stand between the documents, and may hold documents themselves"
            yield Problem(name, 0, 0, words, ADVICE)
            return
        found = iter(listed)
    yield from found


def _values(name: str, data: bytes, *, last_counts: bool) -> Iterator[Doc | Problem]:
    """JSON values one after another, YAML after one, or a dump: values with logs between them."""
    may_be_yaml = len(data) <= _PROBE and not name.removesuffix(".gz").endswith(".json")
    whole = _not_text(name, data)
    if not has_logs(data):
        stream = _JSONStream(name, may_be_yaml=may_be_yaml, last_counts=last_counts)
        found = iter([whole]) if whole else stream.read(data.decode())
        rendered = template(name, data) if len(data) <= _PROBE else None
        if rendered:
            listed = list(found)
            found = iter([rendered] if any(isinstance(one, Problem) for one in listed) else listed)
        yield from found
        return
    if may_be_yaml and not whole:
        read = list(_JSONStream(name, may_be_yaml=True, last_counts=last_counts).read(data.decode()))
        if not any(isinstance(one, Problem) for one in read):
            yield from read
            return
    stream = _JSONStream(name)
    try:
        parts = list(between_logs(data))
    except LogError as error:
        yield Problem(name, 0, _line(data, error.at), str(error), ADVICE)
        return
    for start, end in parts:
        bad = _not_text(name, data[start:end], _line(data, start))
        if bad:
            yield bad
            return
        yield from stream.read(data[start:end].decode(), _line(data, start))


def _not_text(name: str, data: bytes, first: int = 1) -> Problem | None:
    if data.isascii():
        return None
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = first + data.count(b"\n", 0, error.start)
        return Problem(name, 0, line, "this is not UTF-8 text", "save the file as UTF-8")
    return None


def _first_line(data: bytes) -> int:
    return _line(data, len(data) - len(data.lstrip()))


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


class _ConstantError(ValueError):
    """A name such as NaN, which JavaScript takes for a number."""


def _constant(text: str) -> None:
    raise _ConstantError(f"{text} is no value that JSON can hold")


class _JSONStream:
    """Values one after another: JSON lines, or the lists of a dump. Only their ends are looked for here.

    After no value or one, a text that is not JSON is tried as YAML from there on, as YAMLOrJSONDecoder does
    (apimachinery/pkg/util/yaml/decoder.go, 0.37).
    """

    def __init__(self, name: str, *, may_be_yaml: bool = False, last_counts: bool = False) -> None:
        self._name = name
        self._last_counts = last_counts
        self._may_be_yaml = may_be_yaml
        self._number = 0
        self._mistakes = 0

    def read(self, text: str, line: int = 1) -> Iterator[Doc | Problem]:
        """The values of a text, or of one part of a file, that starts on a line."""
        scan = JSONDecoder(parse_constant=_constant).raw_decode
        name, at = self._name, 0
        while self._mistakes < _MOST_MISTAKES:
            blank = _SPACE.match(text, at)
            start = blank.end() if blank else at
            line += text.count("\n", at, start)
            if start == len(text):
                return
            self._number += 1
            try:
                at = scan(text, start)[1]
            except (RecursionError, ValueError) as error:
                rest = self._as_yaml(text, start, line)
                if rest is not None:
                    yield from rest
                    return
                wrong, resume = _not_json(name, self._number, (text, start, line), error)
                yield wrong
                self._mistakes += 1
                if self._mistakes == _MOST_MISTAKES:
                    words = "what follows is not read: too much is wrong"
                    yield Problem(name, self._number, line, words, "mend the JSON and read it again")
                # What starts a line after the mistake is taken for the next value.
                at = text.find("\n{", resume)
                if at < 0:
                    return
                line += text.count("\n", start, at)
                continue
            body = text[start:at].encode()
            yield Doc(Document(name, self._number, line), body, JSONLocator(body, 0, line))
            line += text.count("\n", start, at)

    def _as_yaml(self, text: str, start: int, line: int) -> list[Doc | Problem] | None:
        """Reads text that is not JSON, from a position on, as YAML; None where it is not YAML either."""
        if not self._may_be_yaml or self._number > 2:
            return None
        before, last = self._number - 1, self._last_counts
        rest = list(_yaml_documents(self._name, text[start:], before, line, last_counts=last))
        bad = any(isinstance(one, Problem) for one in rest)
        return None if bad and _JSON.match(text) else rest


def _not_json(
    name: str, number: int, place: tuple[str, int, int], error: RecursionError | ValueError
) -> tuple[Problem, int]:
    """What is wrong with the value that starts at a place and line of a text, and where that is."""
    text, start, line = place
    if isinstance(error, RecursionError):
        return Problem(name, number, line, *_TOO_DEEP), start
    if isinstance(error, _ConstantError):
        return Problem(name, number, line, str(error), "write a number"), start
    mistake = json_mistake(text, start)
    if mistake is None:  # Python reads no integer of more than some thousand digits
        return Problem(name, number, line, "a number is out of range", "mend the JSON"), start
    at, what = mistake
    line += text.count("\n", start, at)
    if not what or at >= len(text.rstrip()):
        return Problem(
            name, number, line, "the JSON ends too early", "the file was cut short: make it again"
        ), at
    column = at - text.rfind("\n", 0, at)
    return Problem(name, number, line, f"this is not JSON: {what}, column {column}", "mend the JSON"), at


def _yaml_documents(
    name: str, text: str, number: int = 0, line: int = 1, *, last_counts: bool
) -> Iterator[Doc | Problem]:
    """The documents of a text that starts on a line of its file, and that so many documents precede."""
    for part in split(text, line):
        try:
            found = read_document(part, last_counts=last_counts)
        except YAMLError as error:
            number += 1
            yield Problem(name, number, error.line, error.message, error.advice)
            continue
        if found.value is not None:
            number += 1
            place = Document(name, number, found.line)
            repeated = tuple(_twice(place, *one) for one in found.repeated)
            yield Doc(place, found.value, YAMLLocator(part, found.line), repeated)

"""The documents of one file: JSON values one after another, or YAML."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import Any

import msgspec

from rbacpsp.load.locate import JSONLocator, Locate, YAMLLocator
from rbacpsp.load.problems import Problem, shown
from rbacpsp.load.schema import Path
from rbacpsp.load.yaml_kubectl import YAMLError, split, values
from rbacpsp.model import Document

_JSON = re.compile(rb"\s*[{\[]\s*[\"{}\]]|\s*[{\[]\s*\Z")
_BRACKET = re.compile(rb"\s*[{\[]")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_LOGS = re.compile(rb"^==== START (logs for container .*) ====\r?$", re.MULTILINE)
_SPACE = re.compile(
    r"(?:[ \t\r\n]++|^---[ \t\r]*+$)*+", re.MULTILINE
)  # what is passed is never gone back over
_TOO_DEEP = ("the nesting is too deep", "no Kubernetes object needs that")
_MOST_MISTAKES = 100
"""After so many a text is given up: to tell the line of each, all lines before it are counted again."""
_PROBE = 1 << 20
"""Up to this size a text that starts like JSON and is none is tried as YAML."""


@dataclass(frozen=True, slots=True)
class Doc:
    """A document that was read: the text of a JSON value (bytes), or the value of a YAML document."""

    document: Document
    body: Any
    locate: Locate

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
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        what = "half of a surrogate pair" if _HALF.search(bytes(text)) else str(error).partition(" - ")[0]
        raise UnreadableJSONError(f"a value in this JSON cannot be read: {what}") from None


def documents(name: str, data: bytes) -> Iterator[Doc | Problem]:
    """The documents of a file's bytes, in order; a document that cannot be read is a Problem in its place.

    The logs in what `kubectl cluster-info dump` prints are passed over.
    """
    text = without_logs(data)
    if not text or text.isspace():
        return
    bad = _not_text(name, text)
    if bad:
        yield bad
        return
    if _BRACKET.match(text):
        found = list(_json_documents(name, text))
        small = len(text) <= _PROBE and not name.removesuffix(".gz").endswith(".json")
        if small and any(isinstance(one, Problem) for one in found):
            other = list(_yaml_documents(name, text.decode()))
            if not _JSON.match(text) or not any(isinstance(one, Problem) for one in other):
                found = other
        yield from found
    else:
        yield from _yaml_documents(name, text.decode())


def without_logs(data: bytes) -> bytes:
    """A cluster-info dump without the logs in it; the lines stay where they were."""
    if b"==== START logs for container " not in data:
        return data
    pieces = []
    at = 0
    while start := _LOGS.search(data, at):
        end = data.find(b"==== END " + start[1] + b" ====", start.end())
        stop = len(data) if end < 0 else data.find(b"\n", end)
        stop = len(data) if stop < 0 else stop
        pieces += [data[at : start.start()], b"\n" * data.count(b"\n", start.start(), stop)]
        at = stop
    return b"".join([*pieces, data[at:]]) if pieces else data


def _not_text(name: str, data: bytes) -> Problem | None:
    if data.isascii():
        return None
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Problem(name, 0, line, "this is not UTF-8 text", "save the file as UTF-8")
    return None


def _json_documents(name: str, data: bytes) -> Iterator[Doc | Problem]:
    line = data[: len(data) - len(data.lstrip())].count(b"\n") + 1
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except RecursionError:
        yield Problem(name, 1, line, *_TOO_DEEP)
        return
    except msgspec.DecodeError:
        yield from _json_stream(name, data)
        return
    yield Doc(Document(name, 1, line), data, JSONLocator(data, 0, 1))


def _constant(text: str) -> None:
    raise ValueError(f"{text} is no value that JSON can hold")


def _json_stream(name: str, data: bytes) -> Iterator[Doc | Problem]:
    """Values one after another: JSON lines, or the lists of a dump. Only their ends are looked for here."""
    text = data.decode()
    scan = JSONDecoder(parse_constant=_constant).raw_decode
    number, at, line, mistakes = 0, 0, 1, 0
    while True:
        blank = _SPACE.match(text, at)
        start = blank.end() if blank else at
        line += text.count("\n", at, start)
        if start == len(text):
            return
        number += 1
        try:
            at = scan(text, start)[1]
        except (RecursionError, ValueError) as error:
            yield _not_json(name, number, line, error)
            mistakes += 1
            if mistakes == _MOST_MISTAKES:
                yield Problem(
                    name, number, line, "what follows is not read: too much is wrong", "mend the JSON"
                )
                return
            # What starts a line after the mistake is taken for the next value.
            at = text.find("\n{", error.pos if isinstance(error, JSONDecodeError) else start)
            if at < 0:
                return
            line += text.count("\n", start, at)
            continue
        body = text[start:at].encode()
        yield Doc(Document(name, number, line), body, JSONLocator(body, 0, line))
        line += text.count("\n", start, at)


def _not_json(name: str, number: int, line: int, error: RecursionError | ValueError) -> Problem:
    if isinstance(error, RecursionError):
        return Problem(name, number, line, *_TOO_DEEP)
    if not isinstance(error, JSONDecodeError):
        return Problem(name, number, line, str(error), "write a number")
    if error.pos >= len(error.doc.rstrip()):
        advice = "the file was cut short: make it again"
        return Problem(name, number, error.lineno, "the JSON ends too early", advice)
    what = shown(error.msg[:1].lower() + error.msg[1:])
    return Problem(
        name, number, error.lineno, f"this is not JSON: {what}, column {error.colno}", "mend the JSON"
    )


def _yaml_documents(name: str, text: str) -> Iterator[Doc | Problem]:
    for part in split(text):
        try:
            found = values(part)
        except YAMLError as error:
            yield Problem(name, part.number, error.line, error.message, error.advice)
            continue
        for value in found:
            if value is not None:
                yield Doc(Document(name, part.number, part.line), value, YAMLLocator(part))

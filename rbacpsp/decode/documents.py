"""Splits a file into documents: JSON values one after another, or YAML."""

import re
from collections.abc import Iterator
from json import JSONDecoder

import msgspec
from msgspec.structs import replace

from rbacpsp.decode.doc import TOO_DEEP, Doc, repeated_key
from rbacpsp.decode.dump import ADVICE, LogError, between_logs, has_logs
from rbacpsp.decode.json_keys import repeated_keys
from rbacpsp.decode.locate import JSONLocator
from rbacpsp.decode.problems import Problem
from rbacpsp.decode.templates import may_hold_placeholders, template
from rbacpsp.model import Document
from rbacpsp.model.go import SPACES

_JSON = re.compile(r"\s*\{\s*[\"}]|\s*\{\s*\Z")
_BRACKET = re.compile(rb"\s*\{|[ \r\n]*\[")
"""How JSON begins; for kubectl only a brace does, and a list is YAML, which takes no tab before it."""
_TEMPLATE = re.compile(rb"\s*\{[{%]")
_BRACE = re.compile(rb"\s*\{")
_SPACED_BRACE = re.compile(rb"(?:" + b"|".join(re.escape(space.encode()) for space in SPACES) + rb")*+\{")
"""A brace behind blanks, which for kubectl may also be those of Unicode."""
_SPACE = re.compile(
    r"(?:[ \t\r\n]++|^---[ \t\r]*+$)*+", re.MULTILINE
)  # possessive, so that matched text is never tried again
_MOST_MISTAKES = 100
"""The number of mistakes after which the rest of a text is not read, since finding each line takes time."""
_WRITTEN = 1 << 17
_PROBE = 1 << 20
"""Up to this size a text that starts like JSON but is not valid JSON is tried as YAML."""


def documents(name: str, data: bytes, *, last_counts: bool = False) -> Iterator[Doc | Problem]:
    """The documents of a file's bytes, in order; for one that cannot be read there is a Problem.

    The logs in the output of `kubectl cluster-info dump` are ignored. A duplicate key makes a document
    unreadable; with `last_counts` the last value is used, as in upstream's decoders. JSON is checked for
    duplicate keys only in files of up to 128 KiB, which people may have written.
    """
    for doc in _documents(name, data, last_counts=last_counts):
        if isinstance(doc, Doc) and doc.is_json and len(data) <= _WRITTEN:
            yield _with_keys(doc, last_counts=last_counts)
        else:
            yield doc


def _with_keys(doc: Doc, *, last_counts: bool) -> Doc | Problem:
    document = doc.document
    repeated = repeated_keys(doc.body.decode(), document.line)
    problems = tuple(repeated_key(document, line, key, before) for line, key, before in repeated)
    if last_counts:
        return replace(doc, repeated=problems)
    return problems[0] if problems else doc


def _documents(name: str, data: bytes, *, last_counts: bool) -> Iterator[Doc | Problem]:
    if not data.strip(b" \r\n"):
        return
    rendered = template(name, data) if _TEMPLATE.match(data) else None
    if rendered:
        yield rendered
        return
    is_json = _BRACKET.match(data) is not None
    if is_json:
        docs = _json_file(name, data, last_counts=last_counts)
    elif _SPACED_BRACE.match(data):
        docs = _values(name, data, last_counts=last_counts)
    else:
        docs = _yaml_file(name, data, last_counts=last_counts)
    # Searching a large dump for placeholders would take long, and dumps have none.
    if (is_json and len(data) > _WRITTEN) or not may_hold_placeholders(data):
        yield from docs
        return
    for doc in docs:
        yield doc if isinstance(doc, Problem) else replace(doc, placeholders=True)


def _json_file(name: str, data: bytes, *, last_counts: bool) -> Iterator[Doc | Problem]:
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except RecursionError:
        yield Problem(name, 1, _first_line(data), *TOO_DEEP)
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
    from rbacpsp.decode.yaml_documents import yaml_documents

    docs = yaml_documents(name, data.decode(), last_counts=last_counts)
    rendered = template(name, data)
    if rendered or has_logs(data):
        doc_list = list(docs)
        # A marker in a file without mistakes is part of a text; otherwise a log may contain documents too.
        if any(isinstance(doc, Problem) for doc in doc_list):
            if rendered:
                yield rendered
                return
            words = "container logs are between the documents, and may contain documents themselves"
            yield Problem(name, 0, 0, words, ADVICE)
            return
        docs = iter(doc_list)
    yield from docs


def _values(name: str, data: bytes, *, last_counts: bool) -> Iterator[Doc | Problem]:
    """JSON values one after another, one value and then YAML, or a dump: values with logs between them."""
    may_be_yaml = len(data) <= _PROBE and not name.removesuffix(".gz").endswith(".json")
    encoding_problem = _not_text(name, data)
    if not has_logs(data):
        stream = _JSONStream(name, may_be_yaml=may_be_yaml, last_counts=last_counts)
        docs = iter([encoding_problem]) if encoding_problem else stream.read(data.decode())
        rendered = template(name, data) if len(data) <= _PROBE else None
        if rendered:
            doc_list = list(docs)
            docs = iter([rendered] if any(isinstance(doc, Problem) for doc in doc_list) else doc_list)
        yield from docs
        return
    if may_be_yaml and not encoding_problem:
        yaml_docs = list(_JSONStream(name, may_be_yaml=True, last_counts=last_counts).read(data.decode()))
        if not any(isinstance(doc, Problem) for doc in yaml_docs):
            yield from yaml_docs
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


def _line(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


class _ConstantError(ValueError):
    """A name such as NaN, which is a number in JavaScript but not in JSON."""


def _constant(text: str) -> None:
    raise _ConstantError(f"{text} is not a value in JSON")


class _JSONStream:
    """Splits values that follow each other: JSON lines, or the lists of a dump. It does not decode them.

    At the beginning or after one value, a text that is not JSON, and all behind a separator, is read as YAML
    from there on, as YAMLOrJSONDecoder does (apimachinery/pkg/util/yaml/decoder.go, 0.37).
    """

    def __init__(self, name: str, *, may_be_yaml: bool = False, last_counts: bool = False) -> None:
        self._name = name
        self._last_counts = last_counts
        self._may_be_yaml = may_be_yaml
        self._unseparated = may_be_yaml
        """Whether no separator is allowed, since two values follow each other without one."""
        self._number = 0
        self._mistakes = 0

    def read(self, text: str, line: int = 1) -> Iterator[Doc | Problem]:
        """The values of a text, or of one part of a file, that starts on a line."""
        scan = JSONDecoder(parse_constant=_constant).raw_decode
        name, position = self._name, 0
        while self._mistakes < _MOST_MISTAKES:
            end, end_line = position, line
            blank = _SPACE.match(text, end)
            start = blank.end() if blank else end
            line += text.count("\n", end, start)
            number = self._number + 1
            if "---" in text[end:start]:
                rest = self._behind_separator(text, end, end_line, number)
                if rest is not None:
                    yield from rest
                    return
            if start == len(text):
                return
            self._number = number
            try:
                position = scan(text, start)[1]
            except (RecursionError, ValueError) as error:
                rest = self._as_yaml(text, end, end_line, number)
                if rest is not None:
                    yield from rest
                    return
                wrong, resume = _not_json(name, self._number, (text, start, line), error)
                yield wrong
                self._mistakes += 1
                if self._mistakes == _MOST_MISTAKES:
                    words = "the rest is not read: it contains too many errors"
                    yield Problem(name, self._number, line, words, "fix the JSON and read it again")
                # The next line that starts with a brace is read as the next value.
                position = text.find("\n{", resume)
                if position < 0:
                    return
                line += text.count("\n", start, position)
                continue
            body = text[start:position].encode()
            yield Doc(Document(name, self._number, line), body, JSONLocator(body, 0, line))
            line += text.count("\n", start, position)

    def _behind_separator(self, text: str, end: int, line: int, number: int) -> list[Doc | Problem] | None:
        """What follows a separator in front of a value of some number, as YAML; None where JSON goes on."""
        if number == 2:
            self._unseparated = False
            return self._as_yaml(text, end, line, number)
        if number == 1 or not self._unseparated:
            return None
        line += text.count("\n", end, text.index("---", end))
        words = "--- follows several JSON values, but kubectl reads it only after the first"
        return [Problem(self._name, number, line, words, "write --- between all values, or nowhere")]

    def _as_yaml(self, text: str, end: int, line: int, number: int) -> list[Doc | Problem] | None:
        """Read as YAML what is behind the position and line of a value's end; None where it is not YAML."""
        if not self._may_be_yaml or number > 2:
            return None
        start = _behind_value(text, end)
        line += text.count("\n", end, start)
        from rbacpsp.decode.yaml_documents import yaml_documents

        rest = list(yaml_documents(self._name, text[start:], number - 1, line, last_counts=self._last_counts))
        bad = any(isinstance(doc, Problem) for doc in rest)
        return None if bad and self._unseparated and _JSON.match(text) else rest


def _behind_value(text: str, position: int) -> int:
    """Where YAML starts behind a value: after blanks, up to and including the first line break."""
    for index in range(position, len(text)):
        if text[index] not in SPACES:
            return index
        if text[index] == "\n":
            return index + 1
    return len(text)


def _not_json(
    name: str, number: int, location: tuple[str, int, int], error: RecursionError | ValueError
) -> tuple[Problem, int]:
    """What is wrong with a value, and the position of the mistake.

    `location` is the text, the position at which the value starts, and the line of that.
    """
    text, start, line = location
    if isinstance(error, RecursionError):
        return Problem(name, number, line, *TOO_DEEP), start
    if isinstance(error, _ConstantError):
        return Problem(name, number, line, str(error), "write a number"), start
    from rbacpsp.decode.json_mistake import json_mistake

    mistake = json_mistake(text, start)
    if mistake is None:  # Python reads no integer of more than some thousand digits
        return Problem(name, number, line, "a number is out of range", "fix the JSON"), start
    position, mistake_words = mistake
    line += text.count("\n", start, position)
    if not mistake_words or position >= len(text.rstrip()):
        return Problem(
            name, number, line, "the JSON ends too early", "the file was cut short: make it again"
        ), position
    column = position - text.rfind("\n", 0, position)
    return Problem(
        name, number, line, f"this is not JSON: {mistake_words}, column {column}", "fix the JSON"
    ), position

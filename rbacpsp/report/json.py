"""`-o json`: one object, with an apiVersion and a kind."""

import json
from collections.abc import Iterator, Mapping

import msgspec

from rbacpsp.report.chunks import batches
from rbacpsp.report.escape import json_text
from rbacpsp.report.format import Format
from rbacpsp.report.protocols import Documented


def write(answer: Documented, _headers: bool) -> Iterator[str]:
    """The document, indented by two spaces, with its keys in their order."""
    return stream(answer.document())


def encode(value: object) -> str:
    """A JSON value as text that is safe to print, with its last newline."""
    try:
        text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can name but UTF-8 cannot hold
        return json.dumps(msgspec.to_builtins(value), indent=2) + "\n"
    return json_text(text) + "\n"


def stream(document: Mapping[str, object]) -> Iterator[str]:
    """An object as `encode` writes it, in chunks.

    A member that is an iterator becomes a list; each entry is made when it is written, so that the list is
    never in memory completely.
    """
    opening = "{\n"
    for key, value in document.items():
        if isinstance(value, Iterator):
            yield from _list(f"{opening}  {encode(key)[:-1]}: ", value)
        else:
            yield opening + encode({key: value})[len("{\n") : -len("\n}\n")]
        opening = ",\n"
    yield "\n}\n"


def _list(title: str, entries: Iterator[object]) -> Iterator[str]:
    opening = f"{title}[\n"
    for batch in batches(entries):
        # the entries are encoded inside two lists, which gives them the right indent
        yield opening + encode([batch])[len("[\n  [\n") : -len("\n  ]\n]\n")]
        opening = ",\n"
    yield "\n  ]" if opening == ",\n" else f"{title}[]"


FORMAT = Format("json", ((Documented, write),))

"""`-o json`: one object, with an apiVersion and a kind."""

import json

import msgspec

from rbacpsp.report.answer import Answer
from rbacpsp.report.escape import json_text


def render(answer: Answer, *, headers: bool = True) -> str:  # noqa: ARG001 - every format has this shape
    """The document, indented by two spaces, in the order in which it was written."""
    return encode(answer.document())


def encode(value: object) -> str:
    """A JSON value as text that is safe to look at; the last newline is included."""
    try:
        text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can name but UTF-8 cannot hold
        return json.dumps(value, indent=2) + "\n"
    return json_text(text) + "\n"

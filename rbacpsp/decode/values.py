"""Decodes plain values and texts of callers to objects."""

from collections.abc import Iterable
from typing import Any

from rbacpsp.decode.decoder import Decoder
from rbacpsp.decode.doc import Doc, UnreadableJSONError, json_values
from rbacpsp.decode.documents import documents
from rbacpsp.decode.locate import nowhere
from rbacpsp.decode.problems import LoadError, Problem
from rbacpsp.model import Document, Objects
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.refusal import SubmissionCheck


def decode_objects(
    objects: Iterable[dict[str, Any]],
    *,
    default_namespace: str = "default",
    name: str = "<objects>",
    check: SubmissionCheck | None = None,
) -> Objects:
    """The objects of a cluster from plain JSON values as the API serves them; a List counts as its items.

    The values are not modified. With `check`, objects that no server has stored are validated.

    Raises:
        LoadError: A value is not an object of Kubernetes, or a field has a wrong type; all of them are named.
    """
    decoder = Decoder(default_namespace, check=check)
    with no_collection():
        for number, value in enumerate(objects, 1):
            decoder.read(Doc(Document(name, number), value, nowhere))
        decoder.validate()
    if decoder.problems:
        raise LoadError(decoder.problems)
    return decoder.finish()


def parse_yaml(text: str, name: str = "<text>") -> list[Any]:
    """The values of the documents of a YAML or JSON text, without empty ones, as kubectl reads them.

    Raises:
        LoadError: A document cannot be read; all of them are named.
    """
    values, problems = parse_documents(text, name)
    if problems:
        raise LoadError(problems)
    return values


def parse_documents(text: str, name: str = "<text>") -> tuple[list[Any], list[Problem]]:
    """Parse as `parse_yaml` does, but return the problems with the values."""
    values, problems = [], []
    for doc in documents(name, text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")):
        if isinstance(doc, Problem):
            problems.append(doc)
        else:
            try:
                values.append(json_values(doc.body) if doc.is_json else doc.body)
            except UnreadableJSONError as error:
                problems.append(doc.problem(str(error), "fix the JSON"))
    return values, problems

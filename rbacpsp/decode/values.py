"""Plain values and texts, as callers have them, to the objects of a cluster."""

from collections.abc import Iterable
from typing import Any

from rbacpsp.decode.decoder import Decoder
from rbacpsp.decode.documents import Doc, UnreadableJSONError, documents, json_values
from rbacpsp.decode.locate import nowhere
from rbacpsp.decode.problems import LoadError, Problem
from rbacpsp.model import Document, Objects
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.refusal import Check


def decode_objects(
    objects: Iterable[dict[str, Any]],
    *,
    default_namespace: str = "default",
    name: str = "<objects>",
    check: Check | None = None,
) -> Objects:
    """The objects of a cluster from plain JSON values as the API serves them; a List counts as its items.

    Nothing given is modified. With `check`, what no server has stored is checked as a server does.

    Raises:
        LoadError: A value is no object of Kubernetes, or has a wrong type in it; all of them are named.
    """
    decoder = Decoder(default_namespace, validates=check is not None)
    with no_collection():
        for number, value in enumerate(objects, 1):
            decoder.read(Doc(Document(name, number), value, nowhere))
        if check is not None:
            decoder.validate(check)
    if decoder.problems:
        raise LoadError(decoder.problems)
    return decoder.finish()


def parse_yaml(text: str, name: str = "<text>") -> list[Any]:
    """The values of the documents of a YAML or JSON text that hold more than comments, as kubectl reads them.

    Raises:
        LoadError: A document cannot be read; all of them are named.
    """
    found, problems = parse_documents(text, name)
    if problems:
        raise LoadError(problems)
    return found


def parse_documents(text: str, name: str = "<text>") -> tuple[list[Any], list[Problem]]:
    """As `parse_yaml`, but with what cannot be read beside the values."""
    found, problems = [], []
    for one in documents(name, text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")):
        if isinstance(one, Problem):
            problems.append(one)
        else:
            try:
                found.append(json_values(one.body) if one.is_json else one.body)
            except UnreadableJSONError as error:
                problems.append(one.problem(str(error), "mend the JSON"))
    return found, problems

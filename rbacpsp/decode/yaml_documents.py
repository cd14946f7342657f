"""Reads the YAML documents of a text; imported only for YAML, whose parser takes long to import."""

from collections.abc import Iterator

from rbacpsp.decode.doc import Doc, repeated_key
from rbacpsp.decode.problems import Problem
from rbacpsp.decode.yaml_kubectl import YAMLError, read_document
from rbacpsp.decode.yaml_locate import YAMLLocator
from rbacpsp.decode.yaml_split import split
from rbacpsp.model import Document


def yaml_documents(
    name: str, text: str, number: int = 0, line: int = 1, *, last_counts: bool
) -> Iterator[Doc | Problem]:
    """The documents of a text that starts on a line of its file, after a number of other documents."""
    for part in split(text, line):
        try:
            value = read_document(part, last_counts=last_counts)
        except YAMLError as error:
            number += 1
            yield Problem(name, number, error.line, error.message, error.advice)
            continue
        if value.value is not None:
            number += 1
            document = Document(name, number, value.line)
            repeated = tuple(repeated_key(document, *key) for key in value.repeated)
            yield Doc(document, value.value, YAMLLocator(part, value.line), repeated)

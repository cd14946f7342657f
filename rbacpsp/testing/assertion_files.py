"""Reads assertion files, and the files of pods that they name."""

import json
import os
from pathlib import Path

from rbacpsp.assertions import Assertion, AssertionFileError, read_assertions
from rbacpsp.assertions.reading import Open
from rbacpsp.decode import LoadError, Problem
from rbacpsp.decode.documents import documents
from rbacpsp.model.argument_types import require
from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import known_kinds
from rbacpsp.sources import read_judged
from rbacpsp.sources.files import whole_file


class AssertionInFileError(ValueError):
    """An assertion file cannot be used; the text names the file, the line and the mistake."""


def read_assertion_file(file: str | os.PathLike[str]) -> tuple[Assertion, ...]:
    """The assertions of a YAML or JSON file; the paths of pods that it names are relative to its folder.

    Raises:
        AssertionInFileError: It cannot be read, has a mistake, or contains no assertion.
    """
    require("file", file, str | os.PathLike, "a string or a Path")
    name = os.fspath(file)
    try:
        data = whole_file(name)
    except LoadError as error:
        raise AssertionInFileError("; ".join(map(str, error.problems))) from None
    assertions: list[Assertion] = []
    for doc in documents(name, data):
        if isinstance(doc, Problem):
            raise AssertionInFileError(str(doc))
        try:
            body = json.loads(doc.body) if doc.is_json else doc.body
            assertions += read_assertions(body, doc.locate, _beside(Path(name)))
        except AssertionFileError as error:
            raise AssertionInFileError(f"{name}, {error.problem}") from None
    if not assertions:
        raise AssertionInFileError(f"{name}: there is no assertion in it")
    return tuple(assertions)


def _beside(file: Path) -> Open:
    """Reads the objects of files whose paths start at the folder of an assertion file."""

    def opened(name: str) -> tuple[JSONObject, ...]:
        path = file.parent / name
        if not name or not path.is_file():
            raise ValueError(f'there is no file "{path}"')
        try:
            judged = read_judged([os.fspath(path)])
        except LoadError as error:
            raise ValueError("; ".join(map(str, error.problems))) from None
        if judged.unread:
            raise ValueError(judged.unread[0])
        objects = tuple(located.value for file in judged.files for located in file.objects)
        for obj in objects:
            if known_kinds().find(str(obj.get("apiVersion")), str(obj.get("kind"))):
                raise ValueError(
                    f"{path}: the pods of a {obj['kind']} are not checked: write its pod, or load it into "
                    "the cluster and name it as workload"
                )
        return objects

    return opened

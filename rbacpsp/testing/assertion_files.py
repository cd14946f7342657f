"""Assertion files: what is in them, and the pods of the files that they name."""

import json
import os
from pathlib import Path

from rbacpsp.assertions import Assertion, AssertionFileError, read_assertions
from rbacpsp.assertions.reading import Open
from rbacpsp.decode import LoadError, Problem
from rbacpsp.decode.documents import documents
from rbacpsp.model.json import JSONObject
from rbacpsp.model.wrong import require
from rbacpsp.sources import read_manifest_files


class AssertionInFileError(ValueError):
    """An assertion file cannot be used; the text names the file, the line and what is wrong."""


def read_assertion_file(file: str | os.PathLike[str]) -> tuple[Assertion, ...]:
    """The assertions of a file of YAML or JSON; the files of pods that it names lie beside it.

    Raises:
        AssertionInFileError: It cannot be read, something in it is wrong, or there is no assertion in it.
    """
    require("file", file, str | os.PathLike, "a string or a Path")
    name = os.fspath(file)
    try:
        data = Path(name).read_bytes()
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "this is no path"
        raise AssertionInFileError(f"{name}: {words}") from None
    found: list[Assertion] = []
    for doc in documents(name, data):
        if isinstance(doc, Problem):
            raise AssertionInFileError(str(doc))
        try:
            body = json.loads(doc.body) if doc.is_json else doc.body
            found += read_assertions(body, doc.locate, _beside(Path(name)))
        except AssertionFileError as error:
            raise AssertionInFileError(f"{name}, {error.problem}") from None
    if not found:
        raise AssertionInFileError(f"{name}: there is no assertion in it")
    return tuple(found)


def _beside(file: Path) -> Open:
    """Reads the objects of files whose paths start at the folder of an assertion file."""

    def opened(name: str) -> tuple[JSONObject, ...]:
        path = file.parent / name
        if not name or not path.is_file():
            raise ValueError(f'there is no file "{path}"')
        try:
            read = list(read_manifest_files([os.fspath(path)]))
        except LoadError as error:
            raise ValueError("; ".join(map(str, error.problems))) from None
        return tuple(located.value for each in read for located in each.objects)

    return opened

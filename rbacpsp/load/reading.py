"""The ways in: paths, texts and plain values to the objects of a cluster."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from rbacpsp.load.decode import Decoder
from rbacpsp.load.documents import Doc, UnreadableJSONError, documents, json_values
from rbacpsp.load.files import sources
from rbacpsp.load.locate import nowhere
from rbacpsp.load.manifests import ManifestFile, Manifests
from rbacpsp.load.problems import LoadError, Problem
from rbacpsp.model import Document, Objects, Origin
from rbacpsp.model.garbage import no_collection

Paths = Iterable[str | os.PathLike[str]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read, and what was not: empty unless `keep_going` was asked for."""

    objects: Objects
    skipped: tuple[Problem, ...] = ()


def read_files(
    paths: Paths,
    *,
    keep_going: bool = False,
    stdin: IO[bytes] | None = None,
    default_namespace: str = "default",
) -> Loaded:
    """The objects of a cluster from files, folders (recursive) and "-", as kubectl writes or reads them.

    An object that names no namespace and needs one gets `default_namespace`, as from `kubectl apply -n`.

    Raises:
        LoadError: Something could not be read; it names everything that could not. With `keep_going` nothing
            is raised, and what was skipped is in the result.
    """
    decoder = Decoder(default_namespace)
    with no_collection():
        for one in _documents(paths, stdin):
            if isinstance(one, Problem):
                decoder.problems.append(one)
            else:
                decoder.read(one)
    return _loaded(decoder, keep_going=keep_going)


def decode_objects(
    objects: Iterable[dict[str, Any]], *, default_namespace: str = "default", name: str = "<objects>"
) -> Objects:
    """The objects of a cluster from plain JSON values as the API serves them; a List counts as its items.

    Nothing given is modified.

    Raises:
        LoadError: A value is no object of Kubernetes, or has a wrong type in it; all of them are named.
    """
    decoder = Decoder(default_namespace)
    with no_collection():
        for number, value in enumerate(objects, 1):
            decoder.read(Doc(Document(name, number), value, nowhere))
    return _loaded(decoder, keep_going=False).objects


def read_manifests(paths: Paths, stdin: IO[bytes] | None = None) -> list[dict[str, Any]]:
    """The objects in files, folders and "-" as plain JSON values, in order; a list counts as its items.

    Items of a typed list get the kind and apiVersion that they inherit. Secrets are left out.

    Raises:
        LoadError: Something could not be read; it names everything that could not.
    """
    return [value for value, _ in read_manifests_with_origins(paths, stdin)]


def read_manifests_with_origins(
    paths: Paths, stdin: IO[bytes] | None = None
) -> list[tuple[dict[str, Any], Origin]]:
    """As `read_manifests`, each value with the place it was read from.

    Raises:
        LoadError: Something could not be read; it names everything that could not.
    """
    files = read_manifest_files(paths, stdin)
    return [(each.value, each.origin) for file in files for each in file.objects]


def read_manifest_files(paths: Paths, stdin: IO[bytes] | None = None) -> list[ManifestFile]:
    """As `read_manifests`, by file: each with its bytes, and each object with the lines of its fields.

    Raises:
        LoadError: Something could not be read; it names everything that could not.
    """
    files = []
    problems: list[Problem] = []
    with no_collection():
        for source in sources(paths, stdin):
            if isinstance(source, Problem):
                problems.append(source)
                continue
            manifests = Manifests()
            for one in documents(source.name, source.data):
                if isinstance(one, Problem):
                    manifests.problems.append(one)
                else:
                    manifests.read(one)
            problems += manifests.problems
            files.append(ManifestFile(source.name, source.data, tuple(manifests.found)))
    if problems:
        raise LoadError(problems)
    return files


def parse_yaml(text: str, name: str = "<text>") -> list[Any]:
    """The values of the documents of a YAML or JSON text that hold more than comments, as kubectl reads them.

    Raises:
        LoadError: A document cannot be read; all of them are named.
    """
    found, problems = [], []
    for one in documents(name, text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")):
        if isinstance(one, Problem):
            problems.append(one)
        else:
            try:
                found.append(json_values(one.body) if one.is_json else one.body)
            except UnreadableJSONError as error:
                problems.append(one.problem(str(error), "mend the JSON"))
    if problems:
        raise LoadError(problems)
    return found


def _documents(paths: Paths, stdin: IO[bytes] | None) -> Iterator[Doc | Problem]:
    for source in sources(paths, stdin):
        if isinstance(source, Problem):
            yield source
        else:
            yield from documents(source.name, source.data)


def _loaded(decoder: Decoder, *, keep_going: bool) -> Loaded:
    if decoder.problems and not keep_going:
        raise LoadError(decoder.problems)
    return Loaded(decoder.finish(), tuple(decoder.problems))

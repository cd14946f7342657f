"""Reads paths into the objects of a cluster, or into plain values."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.decode.decoder import Decoder
from rbacpsp.decode.documents import Doc, documents
from rbacpsp.decode.manifests import ManifestFile, Manifests
from rbacpsp.decode.problems import LoadError, Problem, summed
from rbacpsp.model import Objects, Origin
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.pod_templates import TemplateKinds
from rbacpsp.model.refusal import Check
from rbacpsp.sources.empty import emptiness
from rbacpsp.sources.files import PassedOver, Source, sources

Paths = Iterable[str | os.PathLike[str]]


class Loaded(Struct, frozen=True):
    """What was read, and what was not: empty unless `keep_going` was asked for."""

    objects: Objects
    skipped: tuple[Problem, ...] = ()
    """What `objects.unread` says too."""


def read_files(
    paths: Paths,
    *,
    keep_going: bool = False,
    allow_empty: bool = False,
    last_counts: bool = False,
    stdin: IO[bytes] | None = None,
    default_namespace: str = "default",
    templates: TemplateKinds | None = None,
    check: Check | None = None,
    apply_namespace: str | None = None,
) -> Loaded:
    """The objects of a cluster from files, folders (recursive) and "-", as kubectl writes or reads them.

    An object that names no namespace and needs one gets `default_namespace`. With `apply_namespace` it gets
    that one, and an object of another namespace is refused, as by `kubectl apply -n`. The custom resources
    that `templates` names are kept; default: all that are known. With `last_counts` the last of two equal
    keys of an object is taken, with a warning, as kubectl takes it. With `check`, what no server has stored
    is checked as a server does, and refused by it.

    Raises:
        LoadError: Something could not be read; it names everything that could not. With `keep_going` it is
            passed over, and is named in the result. Nothing at all was read, or nothing from what a command
            wrote; with `allow_empty` that is no error.
    """
    decoder = Decoder(default_namespace, templates, apply_namespace, validates=check is not None)
    reading = _Reading(keep_going=keep_going, allow_empty=allow_empty, last_counts=last_counts)
    with no_collection():
        for source in sources(paths, stdin):
            for one in reading.documents(source, decoder.problems):
                decoder.read(one)
        if check is not None:
            decoder.validate(check)
    unread = reading.finished(decoder.problems)
    objects = decoder.finish()
    objects.unread += unread
    objects.warnings += reading.repeated
    return Loaded(objects, tuple(decoder.problems))


class _Reading:
    """Reads the documents of sources, and judges at the end what could not be read and what was empty."""

    def __init__(self, *, keep_going: bool, allow_empty: bool, last_counts: bool = False) -> None:
        self._keep_going = keep_going
        self._allow_empty = allow_empty
        self._last_counts = last_counts
        self._repeated: list[Problem] = []
        self._empty: list[Source] = []
        self._passed: list[Problem] = []
        self._number = 0

    def documents(self, source: Source | PassedOver | Problem, problems: list[Problem]) -> Iterator[Doc]:
        """The documents of a source; what is wrong with it is added to the problems."""
        if isinstance(source, Problem):
            problems.append(source)
            return
        if isinstance(source, PassedOver):
            self._passed.append(source.doubt)
            return
        some = False
        for one in documents(source.name, source.data, last_counts=self._last_counts):
            some = True
            if isinstance(one, Problem):
                problems.append(one)
            else:
                self._number += 1
                self._repeated += one.repeated
                yield replace(one, patch_of=source.patch_of) if source.patch_of else one
        if not some:
            self._empty.append(source)

    @property
    def repeated(self) -> list[str]:
        """The keys of which the last was taken, in sentences."""
        return [f"{line}; the last was taken" for line in summed(self._repeated)]

    def finished(self, problems: list[Problem]) -> list[str]:
        """What was passed over, in sentences.

        Raises:
            LoadError: See `read_files`.
        """
        wrong: list[Problem] = []
        doubtful: list[Problem] = []
        if not self._allow_empty:
            wrong, doubtful = emptiness(self._empty, alone=not (self._number or problems))
        if wrong or (problems and not (self._keep_going and self._number)):
            raise LoadError([*problems, *wrong])
        return [*(f"passed over: {line}" for line in summed(problems)), *summed([*doubtful, *self._passed])]


def read_manifests(
    paths: Paths, stdin: IO[bytes] | None = None, *, secrets: bool = False
) -> list[dict[str, Any]]:
    """The objects in files, folders and "-" as plain JSON values, in order; a list counts as its items.

    Items of a typed list get the kind and apiVersion that they inherit. Secrets are left out; with `secrets`,
    they are there by their names, without what is in them.

    Raises:
        LoadError: Something could not be read; it names everything that could not.
    """
    return [
        each.value for file in read_manifest_files(paths, stdin, secrets=secrets) for each in file.objects
    ]


def read_manifests_with_origins(
    paths: Paths, stdin: IO[bytes] | None = None
) -> list[tuple[dict[str, Any], Origin]]:
    """As `read_manifests`, each value with the place it was read from.

    Raises:
        LoadError: Something could not be read; it names everything that could not.
    """
    files = read_manifest_files(paths, stdin)
    return [(each.value, each.origin) for file in files for each in file.objects]


def read_manifest_files(
    paths: Paths, stdin: IO[bytes] | None = None, *, secrets: bool = False
) -> list[ManifestFile]:
    """As `read_manifests`, by file: each with its bytes, and each object with the lines of its fields.

    Raises:
        LoadError: Something could not be read; it names everything that could not.
    """
    return list(read_judged(paths, stdin=stdin, secrets=secrets).files)


class JudgedFiles(Struct, frozen=True):
    """Files of manifests, and what is to be said about them: a sentence each."""

    files: tuple[ManifestFile, ...]
    by_path: Mapping[str, tuple[ManifestFile, ...]]
    """The same files by the path that was given: a folder has several."""
    unread: tuple[str, ...] = ()
    """What was passed over."""
    doubtful: tuple[str, ...] = ()
    """What was read and may mean something else."""


def read_judged(
    paths: Paths,
    *,
    keep_going: bool = False,
    allow_empty: bool = False,
    stdin: IO[bytes] | None = None,
    secrets: bool = False,
) -> JudgedFiles:
    """The files that paths name, for commands that judge their objects one by one.

    Secrets are left out; with `secrets`, they are there by their names, without what is in them.

    Raises:
        LoadError: As in `read_files`.
    """
    given = [os.fspath(path) for path in paths]
    files: dict[str, list[ManifestFile]] = {path: [] for path in given}
    problems: list[Problem] = []
    passed: list[Problem] = []
    doubtful: list[Problem] = []
    reading = _Reading(keep_going=keep_going, allow_empty=allow_empty)
    with no_collection():
        for path, source in ((each, source) for each in given for source in sources([each], stdin)):
            manifests = Manifests(secrets=secrets)
            for one in reading.documents(source, manifests.problems):
                manifests.read(one)
            problems += manifests.problems
            passed += manifests.unread
            doubtful += manifests.doubtful
            if isinstance(source, Source):
                found = tuple(manifests.found)
                files[path].append(ManifestFile(source.name, source.data, found, not manifests.problems))
    unread = reading.finished(problems)
    by_path = {path: tuple(found) for path, found in files.items()}
    every = tuple(file for found in by_path.values() for file in found)
    return JudgedFiles(every, by_path, (*unread, *summed(passed)), tuple(summed(doubtful)))

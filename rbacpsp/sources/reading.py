"""Reads paths into the objects of a cluster, or into plain values."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.decode.decoder import Decoder
from rbacpsp.decode.doc import Doc
from rbacpsp.decode.documents import documents
from rbacpsp.decode.manifests import ManifestFile, Manifests
from rbacpsp.decode.needed import Needed
from rbacpsp.decode.problems import LoadError, Problem, summed
from rbacpsp.model import ObjectOrigin, Objects
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.pod_templates import TemplateKinds
from rbacpsp.model.refusal import SubmissionCheck
from rbacpsp.sources.empty import emptiness
from rbacpsp.sources.files import PassedOver, SourceFile, sources

Paths = Iterable[str | os.PathLike[str]]


class Loaded(Struct, frozen=True):
    """The objects that were read, and the problems, which are empty unless `keep_going` is set."""

    objects: Objects
    skipped: tuple[Problem, ...] = ()
    """The inputs that could not be read; `objects.unread` lists them too."""


def read_files(
    paths: Paths,
    *,
    keep_going: bool = False,
    allow_empty: bool = False,
    last_counts: bool = False,
    stdin: IO[bytes] | None = None,
    default_namespace: str = "default",
    templates: TemplateKinds | None = None,
    check: SubmissionCheck | None = None,
    apply_namespace: str | None = None,
    needed: Needed | None = None,
) -> Loaded:
    """The objects of a cluster from files, folders (recursive) and "-", as kubectl writes or reads them.

    A namespaced object without a namespace gets `default_namespace`. With `apply_namespace` it gets that one,
    and an object of another namespace is refused, as by `kubectl apply -n`. Custom resources of the kinds in
    `templates` are kept; by default, all known ones. With `last_counts` the last of two equal keys of an
    object is used, with a warning, as kubectl does. With `check`, objects that no server has stored are
    validated, and invalid ones refused. Of the snapshot of a server, only what is
    `needed` is read; by default, everything.

    Raises:
        LoadError: Something could not be read; the error names all of it. With `keep_going` it is skipped and
        named in the result. Also if nothing was read, or if a command printed nothing; with `allow_empty`
        that is not an error.
    """
    decoder = Decoder(default_namespace, templates, apply_namespace, check=check, needed=needed)
    reading = _Reading(keep_going=keep_going, allow_empty=allow_empty, last_counts=last_counts)
    with no_collection():
        for source in sources(paths, stdin):
            for doc in reading.documents(source, decoder.problems):
                decoder.read(doc)
        decoder.validate()
    unread = reading.finished(decoder.problems)
    objects = decoder.finish()
    objects.unread += unread
    objects.warnings += reading.repeated
    return Loaded(objects, tuple(decoder.problems))


class _Reading:
    """Reads the documents of sources, and reports at the end what could not be read and what was empty."""

    def __init__(self, *, keep_going: bool, allow_empty: bool, last_counts: bool = False) -> None:
        self._keep_going = keep_going
        self._allow_empty = allow_empty
        self._last_counts = last_counts
        self._repeated: list[Problem] = []
        self._empty: list[SourceFile] = []
        self._passed: list[Problem] = []
        self._number = 0

    def documents(self, source: SourceFile | PassedOver | Problem, problems: list[Problem]) -> Iterator[Doc]:
        """The documents of a source; what is wrong with it is added to the problems."""
        if isinstance(source, Problem):
            problems.append(source)
            return
        if isinstance(source, PassedOver):
            self._passed.append(source.doubt)
            return
        has_documents = False
        for doc in documents(source.name, source.data, last_counts=self._last_counts):
            has_documents = True
            if isinstance(doc, Problem):
                problems.append(doc)
            else:
                self._number += 1
                self._repeated += doc.repeated
                yield replace(doc, patch_of=source.patch_of) if source.patch_of else doc
        if not has_documents:
            self._empty.append(source)

    @property
    def repeated(self) -> list[str]:
        """Sentences about the repeated keys of which the last was used."""
        return [f"{line}; the last was used" for line in summed(self._repeated)]

    def finished(self, problems: list[Problem]) -> list[str]:
        """Sentences about skipped documents.

        Raises:
            LoadError: See `read_files`.
        """
        errors: list[Problem] = []
        doubtful: list[Problem] = []
        if not self._allow_empty:
            errors, doubtful = emptiness(self._empty, alone=not (self._number or problems))
        if errors or (problems and not (self._keep_going and self._number)):
            raise LoadError([*problems, *errors])
        return [*(f"skipped: {line}" for line in summed(problems)), *summed([*doubtful, *self._passed])]


def read_manifests(
    paths: Paths, stdin: IO[bytes] | None = None, *, secrets: bool = False
) -> list[dict[str, Any]]:
    """The objects in files, folders and "-" as plain JSON values, in order; a list counts as its items.

    Items of a typed list get its kind and apiVersion. Secrets are left out; with `secrets` they are included
    without their data.

    Raises:
        LoadError: Something could not be read; it names everything that could not.
    """
    return [
        located.value
        for file in read_manifest_files(paths, stdin, secrets=secrets)
        for located in file.objects
    ]


def read_manifests_with_origins(
    paths: Paths, stdin: IO[bytes] | None = None
) -> list[tuple[dict[str, Any], ObjectOrigin]]:
    """Read as `read_manifests` does; each value is returned with its origin.

    Raises:
        LoadError: Something could not be read; it names everything that could not.
    """
    files = read_manifest_files(paths, stdin)
    return [(located.value, located.origin) for file in files for located in file.objects]


def read_manifest_files(
    paths: Paths, stdin: IO[bytes] | None = None, *, secrets: bool = False
) -> list[ManifestFile]:
    """Read as `read_manifests` does, by file: with its bytes, and objects with the lines of their fields.

    Raises:
        LoadError: Something could not be read; it names everything that could not.
    """
    return list(read_judged(paths, stdin=stdin, secrets=secrets, misspelt=True).files)


class JudgedFiles(Struct, frozen=True):
    """Files of manifests, with sentences about what is unread or doubtful."""

    files: tuple[ManifestFile, ...]
    by_path: Mapping[str, tuple[ManifestFile, ...]]
    """The same files by the path that was passed; a folder has several."""
    unread: tuple[str, ...] = ()
    """Sentences about skipped documents."""
    doubtful: tuple[str, ...] = ()
    """Doubts about the content of the files."""


def read_judged(
    paths: Paths,
    *,
    keep_going: bool = False,
    allow_empty: bool = False,
    stdin: IO[bytes] | None = None,
    secrets: bool = False,
    misspelt: bool = False,
) -> JudgedFiles:
    """The files that paths name, for commands that check their objects one by one.

    Secrets are left out; with `secrets` they are included without their data. With `misspelt`, objects of
    Kubernetes with a misspelt kind are included, as a question to the server; otherwise they are refused.

    Raises:
        LoadError: As in `read_files`.
    """
    path_list = [os.fspath(path) for path in paths]
    files: dict[str, list[ManifestFile]] = {path: [] for path in path_list}
    problems: list[Problem] = []
    passed: list[Problem] = []
    doubtful: list[Problem] = []
    reading = _Reading(keep_going=keep_going, allow_empty=allow_empty)
    with no_collection():
        for path, source in (
            (path_argument, source)
            for path_argument in path_list
            for source in sources([path_argument], stdin)
        ):
            manifests = Manifests(secrets=secrets, misspelt=misspelt)
            for doc in reading.documents(source, manifests.problems):
                manifests.read(doc)
            problems += manifests.problems
            passed += manifests.unread
            doubtful += manifests.doubtful
            if isinstance(source, SourceFile):
                manifest_files = tuple(manifests.objects)
                files[path].append(
                    ManifestFile(source.name, source.data, manifest_files, not manifests.problems)
                )
    unread = reading.finished(problems)
    by_path = {path: tuple(manifest_files) for path, manifest_files in files.items()}
    all_files = tuple(file for manifest_files in by_path.values() for file in manifest_files)
    return JudgedFiles(all_files, by_path, (*unread, *summed(passed)), tuple(summed(doubtful)))

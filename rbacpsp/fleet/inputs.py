"""Finds the snapshots of a fleet: each with its address, its state and the name of its cluster."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from glob import glob
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec

from rbacpsp.fleet.errors import FleetError
from rbacpsp.fleet.patterns import fixed_part, has_magic, matcher
from rbacpsp.fleet.stores import is_remote, split
from rbacpsp.sources.files import READ, PassedOver, files_below
from rbacpsp.sources.kubeconfig import context_names, kubeconfig_files

CONTEXTS = "contexts:"
"""The prefix of a source of live clusters, before the names of contexts or `all`."""
_DESCRIPTION = re.compile(r"(?:\A|/)run=[^/]+/_(?:run|finished)\.json\Z")
"""The JSON files of a run, the other files of which are not JSON."""


class Input(msgspec.Struct, frozen=True):
    """A snapshot, or a live cluster by the context of the kubeconfig."""

    source: str
    """Its address."""
    cluster: str
    """The name of its cluster."""
    etag: str = ""
    """A value that changes with the content; empty if there is none."""
    size: int = 0
    problem: str = ""
    """Why it cannot be read, if that is already known."""


class _SnapshotFile(NamedTuple):
    source: str
    below: str
    """The address within the source that named it."""
    etag: str = ""
    size: int = 0
    problem: str = ""


def inputs(sources: Iterable[str], results: str, names: Mapping[str, str]) -> list[Input]:
    """The distinct snapshots that sources name, sorted by address.

    Args:
        sources: Files, folders, globs, addresses of buckets, or `contexts:`.
        results: The address of results, which are not snapshots.
        names: The names of clusters, by address or by file name.

    Raises:
        FleetError: A source names nothing, or two snapshots get one name.
        StoreError: A bucket does not answer.
    """
    by_source: dict[str, _SnapshotFile] = {}
    for source in sources:
        snapshots = list(_snapshot_files(source, results))
        if not snapshots:
            why = (
                "nothing matches it"
                if has_magic(source)
                else "it holds no .json, .yaml or .yml file, packed or not"
            )
            raise FleetError(f"{source}: no snapshot was found: {why}")
        for snapshot in snapshots:
            by_source.setdefault(_identity(snapshot.source), snapshot)
    return _named(sorted(by_source.values(), key=lambda snapshot: snapshot.source), names)


def _identity(source: str) -> str:
    """The same for the same address in another spelling, such as a.json and ./a.json."""
    if source.startswith(CONTEXTS) or is_remote(source):
        return source
    return os.path.abspath(source)  # noqa: PTH100 - Path keeps ..


def _snapshot_files(source: str, results: str) -> Iterator[_SnapshotFile]:
    if source.startswith(CONTEXTS):
        yield from _contexts(source)
    elif is_remote(source):
        yield from _remote(source, results)
    else:
        yield from _local(source, results)


def _contexts(source: str) -> Iterator[_SnapshotFile]:
    files = kubeconfig_files()
    try:
        known_contexts = context_names(files)
    except ValueError as error:
        raise FleetError(str(error)) from None
    if not any(Path(file).expanduser().exists() for file in files):
        raise FleetError(f"{source}: there is no kubeconfig: {os.pathsep.join(files)} does not exist")
    selection = source.removeprefix(CONTEXTS)
    if selection == "all":
        names = known_contexts
    elif selection in known_contexts:  # a name may contain a comma
        names = [selection]
    else:
        names = [name for name in selection.split(",") if name]
    missing = [name for name in names if name not in known_contexts]
    if missing or not names:
        problem_words = f"there is no context {', '.join(missing)}" if missing else "no context is named"
        known = f"it has {', '.join(known_contexts)}" if known_contexts else "it has none"
        raise FleetError(f"{source}: {problem_words} in {os.pathsep.join(files)}; {known}")
    for name in names:
        yield _SnapshotFile(f"{CONTEXTS}{name}", name)


def _local(source: str, results: str) -> Iterator[_SnapshotFile]:
    if not source:
        raise FleetError('"": there is no such file or folder')
    path = Path(source)
    if not os.path.lexists(source) and has_magic(source):
        base = fixed_part(source)
        for name in sorted(glob(source, recursive=True)):  # noqa: PTH207 - names stay as they were given
            if not Path(name).is_dir() and not _is_result(name, results):
                yield _file(name, os.path.relpath(name, base or "."))
    elif path.is_dir():
        for entry in files_below(source):
            if isinstance(entry, PassedOver):
                continue
            if isinstance(entry, str):
                if not _is_result(entry, results):
                    yield _file(entry, os.path.relpath(entry, source))
            else:
                yield _SnapshotFile(entry.file, os.path.relpath(entry.file, source), problem=str(entry))
    elif os.path.lexists(source):
        yield _file(source, path.name)
    else:
        raise FleetError(f"{source}: there is no such file or folder")


def _file(path: str, below: str) -> _SnapshotFile:
    try:
        status = Path(path).stat()
    except OSError:
        return _SnapshotFile(path, below)  # reading it says why
    return _SnapshotFile(path, below, f"{status.st_mtime_ns:x}-{status.st_size:x}", status.st_size)


def _is_result(path: str, results: str) -> bool:
    """Whether a file is in a run of the results, or describes a run of others."""
    if _DESCRIPTION.search(path.replace(os.sep, "/")):
        return True
    if is_remote(results):
        return False
    inner = os.path.relpath(path, results)  # both may be relative to the working directory
    return inner.startswith("run=") and os.sep in inner


def _remote(source: str, results: str) -> Iterator[_SnapshotFile]:
    from rbacpsp.fleet.stores.remote import RemoteStore

    root, name = split(source)
    store = RemoteStore(root)
    exact = None if not name or has_magic(name) or name.endswith("/") else store.entry(name)
    if exact:
        yield _SnapshotFile(source, PurePosixPath(name).name, exact.etag, exact.size)
        return
    if root.startswith("https://"):
        raise FleetError(f"{source}: there is no such file; over https:// one file is named at a time")
    base = fixed_part(name) if has_magic(name) else name.rstrip("/")
    matches = matcher(name) if has_magic(name) else None
    for entry in sorted(store.entries(base)):
        address = f"{root}/{entry.name}"
        if address.startswith(f"{results.rstrip('/')}/run=") or _DESCRIPTION.search(address):
            continue
        if matches(entry.name) if matches else READ.search(entry.name):
            below = entry.name[len(base) :].lstrip("/") if base else entry.name
            yield _SnapshotFile(address, below, entry.etag, entry.size)


_SUFFIX = re.compile(r"(\.(ya?ml|json))?(\.gz)?\Z")


def _named(snapshots: list[_SnapshotFile], names: Mapping[str, str]) -> list[Input]:
    """Name clusters after their files, or after their paths if two would have the same name."""
    belows = [snapshot.below.replace(os.sep, "/") for snapshot in snapshots]
    paths = [_SUFFIX.sub("", below) for below in belows]
    choices = zip([PurePosixPath(path).name for path in paths], paths, belows, strict=True)
    candidates_of = [[snapshot.source] for snapshot in snapshots]
    for longer, choice in zip(candidates_of, choices, strict=True):
        longer[:0] = choice
    clusters = [snapshot[0] for snapshot in candidates_of]
    for position in range(1, 4):
        name_counts = Counter(clusters)
        clusters = [
            current_name if name_counts[current_name] == 1 else snapshot[position]
            for current_name, snapshot in zip(clusters, candidates_of, strict=True)
        ]
    named_inputs = []
    for snapshot, cluster in zip(snapshots, clusters, strict=True):
        manifest_name = names.get(snapshot.source) or names.get(PurePosixPath(snapshot.below).name)
        named_inputs.append(
            Input(snapshot.source, manifest_name or cluster, snapshot.etag, snapshot.size, snapshot.problem)
        )
    twice = [
        name for name, count in Counter(snapshot.cluster for snapshot in named_inputs).items() if count > 1
    ]
    if twice:
        sources_words = " and ".join(
            snapshot.source for snapshot in named_inputs if snapshot.cluster == twice[0]
        )
        raise FleetError(f"{sources_words} are both called {twice[0]}: give each cluster a name of its own")
    return named_inputs

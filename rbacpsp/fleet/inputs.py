"""The snapshots of a fleet: each with its address, its state and the name of its cluster."""

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
from rbacpsp.sources.kubeconfig import context_names

CONTEXTS = "contexts:"
"""What a source of live clusters begins with: names of contexts, or `all`."""


class Input(msgspec.Struct, frozen=True):
    """A snapshot, or a live cluster by the context of the kubeconfig."""

    source: str
    """Its address."""
    cluster: str
    """The name of its cluster."""
    etag: str = ""
    """Another one when the content is another one; empty where nothing tells."""
    size: int = 0
    problem: str = ""
    """Why it cannot be read, where that is known before it is tried."""


class _Found(NamedTuple):
    source: str
    below: str
    """The address within the source that named it."""
    etag: str = ""
    size: int = 0
    problem: str = ""


def inputs(sources: Iterable[str], results: str, names: Mapping[str, str]) -> list[Input]:
    """What sources name, sorted by address, each once.

    Args:
        sources: Files, folders, globs, addresses of buckets, or `contexts:`.
        results: Where the results of runs go; they are no snapshots.
        names: The names of clusters, by address or by file name.

    Raises:
        FleetError: A source names nothing, or two snapshots get one name.
        StoreError: A bucket does not answer.
    """
    found: dict[str, _Found] = {}
    for source in sources:
        here = list(_found(source, results))
        if not here:
            raise FleetError(
                f"{source}: no snapshot was found: it holds no .json, .yaml or .yml file, packed or not"
            )
        for each in here:
            found.setdefault(each.source, each)
    return _named([found[source] for source in sorted(found)], names)


def _found(source: str, results: str) -> Iterator[_Found]:
    if source.startswith(CONTEXTS):
        yield from _contexts(source)
    elif is_remote(source):
        yield from _remote(source, results)
    else:
        yield from _local(source, results)


def _contexts(source: str) -> Iterator[_Found]:
    files = os.environ.get("KUBECONFIG") or "~/.kube/config"
    try:
        there = context_names(files)
    except ValueError as error:
        raise FleetError(str(error)) from None
    wanted = source.removeprefix(CONTEXTS)
    names = there if wanted == "all" else [name for name in wanted.split(",") if name]
    missing = [name for name in names if name not in there]
    if missing or not names:
        wrong = f"there is no context {', '.join(missing)}" if missing else "no context is named"
        known = f"it has {', '.join(there)}" if there else "it has none"
        raise FleetError(f"{source}: {wrong} in {files}; {known}")
    for name in names:
        yield _Found(f"{CONTEXTS}{name}", name)


def _local(source: str, results: str) -> Iterator[_Found]:
    path = Path(source)
    if not os.path.lexists(source) and has_magic(source):
        base = fixed_part(source)
        for name in sorted(glob(source, recursive=True)):  # noqa: PTH207 - names stay as they were given
            if not Path(name).is_dir() and not _is_result(name, results):
                yield _file(name, os.path.relpath(name, base or "."))
    elif path.is_dir():
        for one in files_below(source):
            if isinstance(one, PassedOver):
                continue
            if isinstance(one, str):
                if not _is_result(one, results):
                    yield _file(one, os.path.relpath(one, source))
            else:
                yield _Found(one.file, os.path.relpath(one.file, source), problem=str(one))
    elif os.path.lexists(source):
        yield _file(source, path.name)
    else:
        raise FleetError(f"{source}: there is no such file or folder")


def _file(path: str, below: str) -> _Found:
    try:
        found = Path(path).stat()
    except OSError:
        return _Found(path, below)  # reading it says why
    return _Found(path, below, f"{found.st_mtime_ns:x}-{found.st_size:x}", found.st_size)


def _is_result(path: str, results: str) -> bool:
    """Whether a file is in a run of the results."""
    if is_remote(results):
        return False
    inner = os.path.relpath(path, results)  # both may be relative to the working directory
    return inner.startswith("run=") and os.sep in inner


def _remote(source: str, results: str) -> Iterator[_Found]:
    from rbacpsp.fleet.stores.remote import RemoteStore

    root, name = split(source)
    store = RemoteStore(root)
    exact = None if not name or has_magic(name) or name.endswith("/") else store.entry(name)
    if exact:
        yield _Found(source, PurePosixPath(name).name, exact.etag, exact.size)
        return
    if root.startswith("https://"):
        raise FleetError(f"{source}: there is no such file; over https:// one file is named at a time")
    base = fixed_part(name) if has_magic(name) else name.rstrip("/")
    fits = matcher(name) if has_magic(name) else None
    for entry in sorted(store.entries(base)):
        address = f"{root}/{entry.name}"
        if address.startswith(f"{results.rstrip('/')}/run="):
            continue
        if fits(entry.name) if fits else READ.search(entry.name):
            below = entry.name[len(base) :].lstrip("/") if base else entry.name
            yield _Found(address, below, entry.etag, entry.size)


_SUFFIX = re.compile(r"(\.(ya?ml|json))?(\.gz)?\Z")


def _named(found: list[_Found], names: Mapping[str, str]) -> list[Input]:
    """Clusters are called after their files; where two would be called alike, after their paths as well."""
    belows = [each.below.replace(os.sep, "/") for each in found]
    paths = [_SUFFIX.sub("", below) for below in belows]
    choices = zip([PurePosixPath(path).name for path in paths], paths, belows, strict=True)
    own = [[each.source] for each in found]
    for longer, choice in zip(own, choices, strict=True):
        longer[:0] = choice
    clusters = [each[0] for each in own]
    for place in range(1, 4):
        several = Counter(clusters)
        clusters = [
            now if several[now] == 1 else each[place] for now, each in zip(clusters, own, strict=True)
        ]
    made = []
    for each, cluster in zip(found, clusters, strict=True):
        given = names.get(each.source) or names.get(PurePosixPath(each.below).name)
        made.append(Input(each.source, given or cluster, each.etag, each.size, each.problem))
    twice = [name for name, count in Counter(each.cluster for each in made).items() if count > 1]
    if twice:
        both = " and ".join(each.source for each in made if each.cluster == twice[0])
        raise FleetError(f"{both} are both called {twice[0]}: give each cluster a name of its own")
    return made

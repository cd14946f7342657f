"""Reads a cluster from a snapshot, or gives the reason why that is impossible."""

from collections.abc import Iterable
from io import BytesIO
from typing import NamedTuple

from rbacpsp.admission.validation import refusal_check
from rbacpsp.cluster import Cluster
from rbacpsp.decode.problems import LoadError
from rbacpsp.fleet.inputs import CONTEXTS, Input
from rbacpsp.fleet.stores import is_remote, split
from rbacpsp.fleet.stores.store import StoreError
from rbacpsp.fleet.task import EMPTY, OK, PARTIAL, UNREADABLE, ReadingOptions
from rbacpsp.model.printable import shown
from rbacpsp.sources import read_files
from rbacpsp.sources.files import MOST

_STDIN = "<stdin>"
_SENTENCES = 5
"""The maximum of reasons that are listed for one cluster; the others are counted."""


class SnapshotReading(NamedTuple):
    """The result of reading a snapshot."""

    status: str
    reason: str | None = None
    cluster: Cluster | None = None


def read(snapshot: Input, options: ReadingOptions) -> SnapshotReading:
    """The cluster of a snapshot, or the reason why it cannot be read."""
    if snapshot.problem:
        return SnapshotReading(UNREADABLE, snapshot.problem)
    try:
        cluster = _cluster(snapshot, options)
    except LoadError as error:
        lines = [str(problem).replace(_STDIN, snapshot.source) for problem in error.problems]
        return SnapshotReading(UNREADABLE, _several(lines))
    except StoreError as error:
        return SnapshotReading(UNREADABLE, str(error))
    except RecursionError:
        return SnapshotReading(UNREADABLE, f"{shown(snapshot.source)}: this is nested too deeply to be read")
    except ValueError as error:
        return SnapshotReading(UNREADABLE, f"{shown(snapshot.source)}: {error}")
    objects = cluster.loaded
    if next(iter(objects.loaded), None) is None:
        ignored_words = ", ".join(f"{number} {kind}" for kind, number in sorted(objects.ignored.items()))
        content_words = (
            f"it holds no object that an answer depends on, only {ignored_words}"
            if ignored_words
            else "it holds no object"
        )
        return SnapshotReading(
            EMPTY,
            f"{shown(snapshot.source)}: {content_words}; check whether the command that wrote it failed",
        )
    unread = cluster.unread()
    return (
        SnapshotReading(PARTIAL, _several(unread), cluster) if unread else SnapshotReading(OK, None, cluster)
    )


def _cluster(snapshot: Input, options: ReadingOptions) -> Cluster:
    version = options.kubernetes_version
    if snapshot.source.startswith(CONTEXTS):
        return _live(snapshot.source.removeprefix(CONTEXTS), version)
    remote = is_remote(snapshot.source)
    loaded = read_files(
        ["-" if remote else snapshot.source],
        keep_going=options.keep_going,
        allow_empty=True,
        last_counts=options.duplicates == "last",
        stdin=BytesIO(_download(snapshot)) if remote else None,
        check=refusal_check(version),
    )
    return Cluster(loaded.objects, kubernetes_version=version, bootstrap="auto")


def _download(snapshot: Input) -> bytes:
    from rbacpsp.fleet.stores.remote import RemoteStore

    if snapshot.size > MOST:
        raise StoreError(
            f"{shown(snapshot.source)}: this is larger than {MOST >> 20} MiB; split it into several"
        )
    root, name = split(snapshot.source)
    data = RemoteStore(root).read(name)
    if data is None:
        raise StoreError(f"{shown(snapshot.source)}: there is no such object any more")
    return data


def _live(context: str, version: str | None) -> Cluster:
    from rbacpsp.live import connect
    from rbacpsp.sources.refusals import ConnectError

    try:
        return connect(context, kubernetes_version=version)
    except ConnectError as error:
        raise StoreError(str(error)) from None


def _several(lines: Iterable[str]) -> str:
    """The first few sentences as one text, and the number of the others."""
    all_lines = list(lines)
    more = len(all_lines) - _SENTENCES
    return "; ".join([*all_lines[:_SENTENCES], *([f"and {more} more"] if more > 0 else [])])

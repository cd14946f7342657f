"""`usage` compares audit logs with the grants of a cluster; `read_logs` reads the logs."""

import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import IO

from rbacpsp.auditlog.reading import Reader
from rbacpsp.auditlog.record import EventFilter, Record
from rbacpsp.auditlog.timeline import normal_time, parsed_time
from rbacpsp.auditlog.usage import Usage
from rbacpsp.cluster import Cluster
from rbacpsp.decode import LoadError, Problem
from rbacpsp.decode.arguments import as_path
from rbacpsp.model import Objects
from rbacpsp.model.argument_types import TEXT, require, said, several, takes
from rbacpsp.sources.logs import BrokenLogError, LogFile, log_files

_DAY = 10
"""Characters of a day, `2026-01-31`."""

Progress = Callable[[LogFile, int], None]
"""Called with the file that is read, and the number of bytes of its content since the last call."""


def read_logs(
    paths: Iterable[str | os.PathLike[str]],
    record: Record,
    *,
    progress: Progress | None = None,
    stdin: IO[bytes] | None = None,
) -> Reader:
    """Read audit logs into a record.

    Args:
        paths: Files and folders, plain or packed; `-` is standard input.
        record: Counts the events.
        progress: Called after each block of a file.
        stdin: The stream that `-` means.

    Returns:
        The reader, which lists damaged and missing parts of the logs.

    Raises:
        LoadError: Something cannot be read at all, or no event of it has a decision (of a chosen user, there
            may be none).
    """
    reader = Reader(record)
    files = log_files(paths, stdin)
    for file in files:
        blocks = file.chunks()
        try:
            reader.read(
                file.name, file.server, blocks if progress is None else _reported(file, blocks, progress)
            )
        except BrokenLogError as error:
            reader.add_damaged(0, str(error))
    record.finish()
    if not record.taken:
        raise LoadError([_no_event(files, reader)])
    if not record.requests and not record.choice.user:
        raise LoadError([_no_decision(files, record)])
    return reader


def _reported(file: LogFile, blocks: Iterable[bytes], progress: Progress) -> Iterable[bytes]:
    for block in blocks:
        progress(file, len(block))
        yield block


def _names(files: list[LogFile]) -> str:
    return files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"


def _no_decision(files: list[LogFile], record: Record) -> Problem:
    """Why there is nothing to compare, although there are events: nothing would be used, which is not so."""
    if record.choice.since or record.choice.until:
        when = " and ".join(
            f"{word} {time}"
            for word, time in (("from", record.choice.since), ("before", record.choice.until))
            if time
        )
        return Problem(_names(files), 0, 0, f"no request {when} has a decision", "choose another time")
    return Problem(
        _names(files),
        0,
        0,
        "no request has a decision (the annotation authorization.k8s.io/decision)",
        "export the annotations of the events as well",
    )


def _no_event(files: list[LogFile], reader: Reader) -> Problem:
    name = _names(files)
    if not reader.damaged:
        return Problem(
            name, 0, 0, "this log is empty", "an audit policy of level None writes nothing: check both"
        )
    return Problem(
        name,
        0,
        reader.places[0].line,
        f"there is no audit event in it: {reader.places[0].why}",
        "name an audit log of the API server, or an export of one from EKS, AKS or GKE",
    )


@takes(since=TEXT, until=TEXT, user=TEXT)
def usage(
    logs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    cluster: Cluster,
    *,
    since: str = "",
    until: str = "",
    user: str = "",
) -> Usage:
    """Finds which grants of a cluster were used in audit logs, and which can be removed.

    Args:
        logs: Files and folders of audit logs, plain or packed; or a single path.
        cluster: The cluster when they were written.
        since: Only requests from this time on: RFC 3339, or a day.
        until: Only requests before this time; a day counts as a whole.
        user: Only requests by this user, or impersonating it, and the grants that apply to it.

    Raises:
        LoadError: A log cannot be read, or no event of them has a decision.
        ValueError: A text is not a time.
    """
    require("cluster", cluster, Cluster, "a Cluster")
    several_paths = [logs] if isinstance(logs, str | os.PathLike) else several("logs", logs, "several paths")
    paths = [as_path("logs", path) for path in several_paths]
    chosen = choice(since=since, until=until, user=user)
    record = Record(chosen, names=None if user else names_of(cluster.objects))
    return Usage(cluster, read_logs(paths, record), user=user)


def names_of(*states: Objects) -> frozenset[str]:
    """The object names in rules, on which decisions may depend."""
    return frozenset(
        name
        for objects in states
        for roles in (objects.roles, objects.cluster_roles)
        for role in roles.values()
        for rule in role.rules
        for name in rule.resource_names
    )


def choice(*, since: str = "", until: str = "", user: str = "") -> EventFilter:
    """Parses which events count.

    Raises:
        ValueError: A text is not a time.
    """
    return EventFilter(_bound("since", since), _bound("until", until, end=True), user)


def _bound(name: str, text: str, *, end: bool = False) -> str:
    if not text:
        return ""
    time = parsed_time(text)
    if time is None:
        raise ValueError(
            f"{name} must be a time such as 2026-01-31 or 2026-01-31T12:00:00Z, not {said(text)}"
        )
    if end and len(text) <= _DAY:
        time += timedelta(days=1)
    return normal_time(time.isoformat())

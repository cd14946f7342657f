"""Audit logs as commands read them: progress at a terminal, and what is said about the logs themselves."""

import sys
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

import click

from rbacpsp.cli.errors import NO, note, reporting_read_errors, warn
from rbacpsp.cli.grant_output import request_text
from rbacpsp.cli.grants import request_json, user_json
from rbacpsp.cli.options import SourceOptions, open_cluster
from rbacpsp.cli.output import Output
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.auditlog.reading import Reader
    from rbacpsp.auditlog.record import Record
    from rbacpsp.auditlog.verification import Difference, Verification
    from rbacpsp.cluster import Cluster
    from rbacpsp.sources.logs import LogFile

_QUIET_SECONDS = 2
_NAMED = 5
"""How many damaged lines stderr names."""


def read_record(logs: tuple[str, ...], record: "Record") -> "Reader":
    """Read logs into a record; what is damaged and what they lack is said on stderr.

    Raises:
        InputError: They cannot be read, or hold no audit event.
    """
    from rbacpsp.logs import read_logs
    from rbacpsp.sources.logs import log_files

    with reporting_read_errors():
        total = sum(file.size for file in log_files(logs)) if sys.stderr.isatty() else 0
        with Progress(total) as progress:
            reader = read_logs(logs, record, progress=progress if total else None)
    for place in reader.places[:_NAMED]:
        line = f", line {place.line}" if place.line else ""
        warn(f"{place.file}{line}: {place.why}")
    if reader.damaged > _NAMED:
        warn(f"{reader.damaged:,} lines in all are not audit events and are not counted")
    for each in reader.notes:
        warn(each)
    return reader


def rbac_cluster(source: SourceOptions) -> "Cluster":
    """The cluster that a log is compared with.

    Raises:
        InputError: It cannot be read.
    """
    return open_cluster(source, kinds=RBAC_KINDS, discovery=False)


def verify_logs(logs: tuple[str, ...], filenames: tuple[str, ...], output: Output) -> int:
    """`rbacpsp verify --audit-log`: every recorded decision against ours; the exit code."""
    if not filenames:
        raise click.UsageError(
            "--audit-log needs the cluster that wrote the log: pass it with -f",
            click.get_current_context(),
        )
    from rbacpsp.auditlog.verification import verify_record, verifying

    cluster = rbac_cluster(SourceOptions(filenames=filenames))
    record = verifying(cluster.authorizer.authorize)
    read_record(logs, record)
    found = verify_record(record, cluster.authorizer.authorize)
    _show(found, output, cluster)
    return 0 if found else NO


def _show(found: "Verification", output: Output, cluster: "Cluster") -> None:
    rows = [
        (each.audit_id, each.user.name, request_text(each.request), _recorded(each), _ours(each))
        for each in found.different
    ]
    data: JSONObject = {
        "requests": found.requests,
        "same": found.same,
        "different": [
            {
                "auditID": each.audit_id,
                "recorded": {"decision": "allow" if each.allowed else "forbid", "reason": each.reason},
                "ours": {"allowed": each.ours, "reasons": list(each.reasons)},
            }
            for each in found.different
        ],
    }
    if found.impersonations:
        data["refusedImpersonations"] = [
            {**user_json(impersonation.who), **request_json(impersonation.request)}
            for impersonation in found.impersonations
        ]
    table = Table(("auditid", "user", "request", "recorded", "ours"), rows, frozenset({"auditid"}))
    output.answer(
        Answer("AuditLogVerification", table, data),
        empty=(
            f"{found.requests:,} recorded decisions: the analyzer's answers are the same, including "
            "the reasons."
        ),
        cluster=cluster,
        access_only=True,
    )
    if found.different and output.readable:
        note(
            f"{len(found.different):,} of {found.requests:,} recorded decisions differ from the "
            f"analyzer's, from {found.first} to {found.last}: grants may have changed in that time."
        )
    for each in found.impersonations:
        warn(f"{each.user} impersonated somebody, although it may not {request_text(each.request)} here")


def _recorded(each: "Difference") -> str:
    return f"{'allowed' if each.allowed else 'refused'}{f': {each.reason}' if each.reason else ''}"


def _ours(each: "Difference") -> str:
    return (
        f"allowed: {each.reasons[0]}" if each.ours and each.reasons else "allowed" if each.ours else "refused"
    )


class Progress:
    """How much is read, how fast and how long it will take: on stderr at a terminal, after a while."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._start = monotonic()
        self._read = 0
        self._told = self._start
        self._before = 0
        self._file: LogFile | None = None
        self._of_file = 0
        self._status: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, file: "LogFile", size: int) -> None:
        """Take note of what was read, and show it."""
        if file is not self._file:
            self._before += self._file.size if self._file else 0
            self._file, self._of_file = file, 0
        self._read += size
        self._of_file += size
        now = monotonic()
        if now - self._start < _QUIET_SECONDS or now - self._told < 0.2:
            return
        self._told = now
        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True).status("")
            self._status.start()
        self._status.update(self._words(now - self._start))

    def _words(self, seconds: float) -> str:
        rate = self._read / seconds / 1e6
        done = (self._before + min(self._of_file, self._file.size if self._file else 0)) / (self._total or 1)
        left = f", {seconds / done - seconds:,.0f} s left" if 0.01 < done <= 1 else ""
        return f"{self._read / 1e6:,.0f} MB of logs read, {rate:,.0f} MB/s{left}"

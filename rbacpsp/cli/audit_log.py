"""Reads audit logs for commands: progress at a terminal, and warnings about the logs."""

import sys
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

import click

from rbacpsp.cli.errors import NO, IncompleteError, note, reporting_read_errors, warn
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
    from rbacpsp.auditlog.verification import DecisionDifference, Verification
    from rbacpsp.cluster import Cluster
    from rbacpsp.sources.logs import LogFile

_QUIET_SECONDS = 2
_NAMED = 5
"""The most damaged lines that are named on stderr."""


def read_record(logs: tuple[str, ...], record: "Record", *, strict: bool = False) -> "Reader":
    """Read logs into a record; damage and gaps are reported on stderr.

    Raises:
        InputError: They cannot be read, or contain no audit event.
        IncompleteError: A part of them is not an audit event, and `strict`.
    """
    from rbacpsp.logs import read_logs
    from rbacpsp.sources.logs import log_files

    with reporting_read_errors():
        total = sum(file.size for file in log_files(logs)) if sys.stderr.isatty() else 0
        with LogProgress(total) as progress:
            reader = read_logs(logs, record, progress=progress if total else None)
    for damaged in reader.places[:_NAMED]:
        line = f", line {damaged.line}" if damaged.line else ""
        warn(f"{damaged.file}{line}: {damaged.why}")
    if reader.damaged > _NAMED:
        warn(f"{reader.damaged:,} lines in all are not audit events and are not counted")
    for sentence in reader.notes:
        warn(sentence)
    if strict and reader.damaged:
        raise IncompleteError(["the logs could not be read completely, and --strict was given"])
    return reader


def rbac_cluster(source: SourceOptions) -> "Cluster":
    """The cluster that a log is compared with.

    Raises:
        InputError: It cannot be read.
    """
    return open_cluster(source, kinds=RBAC_KINDS, discovery=False)


def verify_logs(logs: tuple[str, ...], filenames: tuple[str, ...], output: Output) -> int:
    """`rbacpsp verify --audit-log`: compare every recorded decision with ours, and return the exit code."""
    if not filenames:
        raise click.UsageError(
            "--audit-log needs the cluster that wrote the log: pass it with -f",
            click.get_current_context(),
        )
    from rbacpsp.auditlog.verification import verification_record, verify_record

    cluster = rbac_cluster(SourceOptions(filenames=filenames))
    record = verification_record(cluster.authorizer.authorize)
    read_record(logs, record)
    verification = verify_record(record, cluster.authorizer.authorize)
    _show(verification, output, cluster)
    return 0 if verification else NO


def _show(verification: "Verification", output: Output, cluster: "Cluster") -> None:
    rows = [
        (
            difference.audit_id,
            difference.user.name,
            request_text(difference.request),
            _recorded(difference),
            _ours(difference),
        )
        for difference in verification.different
    ]
    data: JSONObject = {
        "requests": verification.requests,
        "same": verification.same,
        "different": [
            {
                "auditID": difference.audit_id,
                "recorded": {
                    "decision": "allow" if difference.allowed else "forbid",
                    "reason": difference.reason,
                },
                "ours": {"allowed": difference.ours, "reasons": list(difference.reasons)},
            }
            for difference in verification.different
        ],
    }
    if verification.impersonations:
        data["refusedImpersonations"] = [
            {**user_json(impersonation.who), **request_json(impersonation.request)}
            for impersonation in verification.impersonations
        ]
    table = Table(("auditid", "user", "request", "recorded", "ours"), rows, frozenset({"auditid"}))
    output.answer(
        Answer("AuditLogVerification", table, data),
        empty=(
            f"{verification.requests:,} recorded decisions: the analyzer's answers are the same, including "
            "the reasons."
        ),
        cluster=cluster,
        access_only=True,
    )
    if verification.different and output.readable:
        count = f"{len(verification.different):,} of {verification.requests:,}"
        note(
            f"{count} recorded decisions differ from the analyzer's, from {verification.first} to "
            f"{verification.last}: grants may have changed in that time."
        )
    for impersonation in verification.impersonations:
        request = request_text(impersonation.request)
        warn(f"{impersonation.user} impersonated somebody, although it may not {request} here")


def _recorded(difference: "DecisionDifference") -> str:
    reason = f": {difference.reason}" if difference.reason else ""
    return f"{'allowed' if difference.allowed else 'refused'}{reason}"


def _ours(difference: "DecisionDifference") -> str:
    return (
        f"allowed: {difference.reasons[0]}"
        if difference.ours and difference.reasons
        else "allowed"
        if difference.ours
        else "refused"
    )


class LogProgress:
    """Shows how much is read, how fast, and the remaining time: on stderr, at a terminal, after a while."""

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
        """Count what was read, and show the progress."""
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
        remaining = f", {seconds / done - seconds:,.0f} s left" if 0.01 < done <= 1 else ""
        return f"{self._read / 1e6:,.0f} MB of logs read, {rate:,.0f} MB/s{remaining}"

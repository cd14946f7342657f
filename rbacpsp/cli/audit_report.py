"""The report of `rbacpsp audit`, in the format of `-o` and grouped as `--by` says."""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.gates import Gates, locator, today
from rbacpsp.cli.options import SourceOptions

if TYPE_CHECKING:
    from rbacpsp.audit import Audit
    from rbacpsp.cluster import Cluster
    from rbacpsp.report.provenance import Provenance

GROUPS = ("change", "finding", "subject", "rule", "control")
_GROUPED = ("table", "wide", "csv", "markdown", "html")
_BY_CHANGE = (*_GROUPED, "json", "yaml")
_TABLES = ("table", "wide", "csv")


def grouping(by: str | None, form: str, *, ruled_out: bool) -> str:
    """How a report is grouped: as `--by` says, else by change in formats for people.

    Raises:
        click.UsageError: `--ruled-out` is combined with a grouping whose table has no findings.
    """
    if ruled_out and form in _TABLES and by not in {None, "finding"}:
        raise click.UsageError(f"--ruled-out lists findings, and --by {by} does not: use --by finding.")
    if by is None:
        return "finding" if form == "csv" or (ruled_out and form in _TABLES) else "change"
    return by


def ungrouped_text(by: str | None, form: str) -> str:
    """The sentence for `--by` with a format that it does not group; empty if it does."""
    if by in {None, "finding"}:
        return ""
    grouped = _BY_CHANGE if by == "change" else _GROUPED
    if form in grouped:
        return ""
    formats = f"{', '.join(grouped[:-1])} and {grouped[-1]}"
    return f"-o {form} lists the findings without groups: --by {by} groups only {formats}."


def report(
    cluster: "Cluster",
    audit: "Audit",
    gates: Gates,
    source: SourceOptions,
    *,
    by: str,
    form: str,
    ruled_out: bool,
) -> Any:
    """The report for `-o`; SARIF, JUnit and annotations always have one result for each finding."""
    from rbacpsp.report.findings_report import AuditReport

    read = _provenance(cluster, source) if form == "html" else None
    if by == "change" and form in _BY_CHANGE:
        return _by_change(cluster, audit, gates, ruled_out=ruled_out, read=read)
    if by not in {"change", "finding"} and form in _GROUPED:
        from rbacpsp.report.finding_groups import GroupedFindings

        return GroupedFindings(audit, by, locator(cluster), read)
    return AuditReport(audit, locator(cluster), ruled_out, gates.threshold, read)


def _by_change(
    cluster: "Cluster", audit: "Audit", gates: Gates, *, ruled_out: bool, read: "Provenance | None"
) -> Any:
    from rbacpsp.audit.by_change import changes
    from rbacpsp.audit.token_holders import TokenHolders
    from rbacpsp.paths.plan import plan
    from rbacpsp.report.by_change import ByChange

    policy, day = gates.policy(), today()

    def audit_again(changed: "Cluster") -> "Audit":
        return gates.new_only(changed.audit(policy=policy, today=day))

    needs = TokenHolders(cluster.paths().view)
    find_changes = partial(changes, needs=needs, ruled_out=audit.ruled_out)
    return ByChange(audit, find_changes, plan(cluster, audit, audit_again), locator(cluster), ruled_out, read)


def _provenance(cluster: "Cluster", source: SourceOptions) -> "Provenance":
    from rbacpsp.report.provenance import Provenance

    time = datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
    if source.filenames:
        return Provenance.of(cluster.objects, cluster.unread(), "", source.filenames, time)
    from rbacpsp.cli.live import connection_of

    login = connection_of(source).login
    return Provenance.of(cluster.objects, cluster.unread(), login.context or "", (login.server,), time)

"""The report of `rbacpsp audit` in the form and by what was asked for."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.gates import Gates, locator, today
from rbacpsp.cli.options import SourceOptions

if TYPE_CHECKING:
    from rbacpsp.audit import Audit
    from rbacpsp.cluster import Cluster
    from rbacpsp.report.provenance import Provenance

GROUPS = ("change", "finding", "subject", "rule", "control")
_GROUPED = ("table", "wide", "csv", "markdown")
_BY_CHANGE = (*_GROUPED, "json", "yaml", "html")
_TABLES = ("table", "wide", "csv")


def grouping(by: str | None, form: str, *, ruled_out: bool) -> str:
    """By what a report is grouped: as asked for, else by change where readers are to act on it.

    Raises:
        click.UsageError: What was ruled out has no place in the table that was asked for.
    """
    if ruled_out and form in _TABLES and by not in {None, "finding"}:
        raise click.UsageError(f"--ruled-out lists findings, and --by {by} does not: use --by finding.")
    if by is None:
        return "finding" if form == "csv" or (ruled_out and form in _TABLES) else "change"
    return by


def report(
    cluster: "Cluster",
    found: "Audit",
    gates: Gates,
    source: SourceOptions,
    *,
    by: str,
    form: str,
    ruled_out: bool,
) -> Any:
    """What `-o` is to show; SARIF, JUnit and annotations have a result a finding whatever `by` is."""
    from rbacpsp.report.findings_report import AuditReport

    read = _provenance(cluster, source) if form == "html" else None
    if by == "change" and form in _BY_CHANGE:
        return _by_change(cluster, found, gates, ruled_out=ruled_out, read=read)
    if by not in {"change", "finding"} and form in _GROUPED:
        from rbacpsp.report.finding_groups import Grouped

        return Grouped(found, by)
    return AuditReport(found, locator(cluster), ruled_out, gates.threshold, read)


def _by_change(
    cluster: "Cluster", found: "Audit", gates: Gates, *, ruled_out: bool, read: "Provenance | None"
) -> Any:
    from rbacpsp.audit.by_change import changes, token_holders
    from rbacpsp.paths.plan import plan
    from rbacpsp.report.by_change import ByChange

    policy, day = gates.policy(), today()

    def again(changed: "Cluster") -> "Audit":
        return gates.new_only(changed.audit(policy=policy, today=day))

    made = changes(found.findings, token_holders(cluster.paths().view), found.ruled_out)
    return ByChange(found, made, plan(cluster, found, again), locator(cluster), ruled_out, read)


def _provenance(cluster: "Cluster", source: SourceOptions) -> "Provenance":
    from rbacpsp.report.provenance import Provenance

    time = datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
    if source.filenames:
        return Provenance.of(cluster.objects, cluster.unread(), "", source.filenames, time)
    from rbacpsp.cli.live import connection_of

    login = connection_of(source).login
    return Provenance.of(cluster.objects, cluster.unread(), login.context or "", (login.server,), time)

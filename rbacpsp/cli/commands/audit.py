"""`rbacpsp audit`: find risky permissions, with the evidence for each."""

import sys
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from rbacpsp.cli.audit_report import GROUPS, grouping, report, ungrouped_text
from rbacpsp.cli.command import command
from rbacpsp.cli.custom_resources import warn_custom_resources
from rbacpsp.cli.errors import NO, discard_output, note, warn
from rbacpsp.cli.finding_filter import findings_in_files
from rbacpsp.cli.gates import SEVERITIES, Gates, gate_options, locator, today
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.template_path import template_path_option
from rbacpsp.cli.usage_options import used_grants, used_option
from rbacpsp.model.garbage import no_collection
from rbacpsp.report.formats import SCANNED

if TYPE_CHECKING:
    from rbacpsp.audit import Audit

FORMATS = ("table", "wide", "json", "yaml", "csv", "markdown", *SCANNED, "junit", "html")


@command("audit", short_help="Find risky permissions, with the evidence for each.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@gate_options
@click.option(
    "--severity", type=click.Choice(SEVERITIES), help="Report only findings of at least this severity."
)
@click.option(
    "--by",
    type=click.Choice(GROUPS),
    help=(
        "Group table, wide, csv, markdown and html by the change that removes the findings (the default for "
        "all but csv), by subject, rule or control, or list the findings. json and yaml list the findings, "
        "by default with the changes; other formats always list the findings."
    ),
)
@click.option("--ruled-out", is_flag=True, help="Also list findings that were ruled out, and why.")
@used_option
@source_options
@template_path_option
@output_options(
    formats=FORMATS,
    help="The output format, for readers, programs, code scanning (sarif) or CI (junit).",
)
def audit(
    *,
    files: tuple[str, ...],
    gates: Gates,
    severity: str | None,
    by: str | None,
    ruled_out: bool,
    logs: tuple[str, ...],
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Find risky permissions, with the evidence for each.

    Every finding names the subject, the permission, the binding, role and rule that give it, what an attacker
    gains and the smallest change that removes it. Permissions that Kubernetes itself creates are left out
    unless somebody changed them; --ruled-out lists them.

    With FILE and -f, only findings that involve an object of these files or folders are reported and count
    for --fail-on, for example the files that a commit touches. Without -f, the files are the whole input.

    --usage shows for each finding whether anybody used the permission. A permission that nobody used in 30 or
    more days of log is one severity worse: it is a risk without a benefit.

    The report lists what to change, one binding or role per line: how many findings the change removes, what
    they are, who holds the permissions and which loaded workloads need them. The ten changes that remove most
    findings come first. Each of these is tried on a copy of the cluster, which is audited again; LEFT is the
    number of findings that remain. --by finding prints one line per finding; --by subject, rule or control
    prints one line per group, and html a section.

    \b
    Examples:
      rbacpsp audit -f sample_clusters/psp-on-eks
      rbacpsp audit -f sample_clusters/psp-on-eks -o html
      rbacpsp audit -f sample_clusters/psp-on-eks --severity high -o json
      rbacpsp audit -f sample_clusters/psp-on-eks sample_clusters/psp-on-eks/eks-defaults.yaml
      rbacpsp audit -f sample_clusters/acme --by finding
      rbacpsp audit -f sample_clusters/psp-on-eks -o sarif --fail-on high
      rbacpsp audit -f sample_clusters/audit-log/cluster.yaml --usage sample_clusters/audit-log/log
    """
    ungrouped = ungrouped_text(by, output.form)
    by = grouping(by, output.form, ruled_out=ruled_out)
    source, touched = (source, files) if source.filenames else (replace(source, filenames=files), ())
    cluster = open_cluster(source)
    warn_custom_resources(cluster.objects)
    from rbacpsp.audit import Severity

    result = cluster.audit(policy=gates.policy(), today=today(), progress=_progress())
    used = used_grants(logs, cluster, output, strict=source.strict)
    if used:
        from rbacpsp.auditlog.evidence import with_usage

        result = with_usage(result, used)
    result = gates.new_only(result)
    if touched:
        result = findings_in_files(result, touched, locator(cluster), source.filenames)
    failed = gates.fails(result)
    if severity:
        result = result.limited(Severity(severity))
    with no_collection():
        audit_report = report(cluster, result, gates, source, by=by, form=output.form, ruled_out=ruled_out)
        try:
            output.show(audit_report)
        except BrokenPipeError:  # the exit code is still the audit's if the reader closes the pipe
            discard_output()
    if ungrouped:
        note(ungrouped)
    if output.tabular:
        if by == "change" and audit_report.ending:
            note(audit_report.ending)
        _print_notes(result, by=by, ruled_out=ruled_out)
    return NO if failed else 0


def _print_notes(result: "Audit", *, by: str, ruled_out: bool) -> None:
    from rbacpsp.report.findings import summary

    note(f"{result.version_words}. {summary(result)}")
    if result.assumed_words:
        note(result.assumed_words)
    if result.findings:
        evidence_hint = "" if by == "finding" else "Each finding with its evidence: --by finding. "
        note(f"{evidence_hint}For explanations, fixes, the method and its limits: -o html or -o markdown.")
    if result.ruled_out and not ruled_out:
        count = len(result.ruled_out)
        words = "1 finding was" if count == 1 else f"{count} findings were"
        note(
            f"{words} ruled out (created by Kubernetes, accepted or already known): --ruled-out "
            "lists them with the reason."
        )
    for warning in result.warnings:
        warn(warning)


def _progress() -> Any:
    """A callback that shows the progress on a terminal; None without a terminal."""
    if not sys.stderr.isatty():
        return None

    def show_progress(word: str) -> None:
        click.echo(f"\r\x1b[Kaudit: {word} ", nl=False, err=True)
        if word == "order":
            click.echo("\r\x1b[K", nl=False, err=True)

    return show_progress

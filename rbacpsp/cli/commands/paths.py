"""`rbacpsp paths`: show how a subject can become cluster-admin, root on a node, or another subject."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.assumption_warning import grant_objects, partial_source_note
from rbacpsp.cli.command import command
from rbacpsp.cli.custom_resources import warn_custom_resources
from rbacpsp.cli.errors import NO, note, warn
from rbacpsp.cli.gate_names import require_place_in_gate
from rbacpsp.cli.gates import Gates, gate_options, locator, today
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.path_arguments import parse_path_end
from rbacpsp.cli.path_rows import ALL_LEFT_OUT, no_path_text, path_names, paths_table
from rbacpsp.cli.system_subjects import include_system_option, omitted_line
from rbacpsp.cli.template_path import template_path_option
from rbacpsp.cli.usage_options import used_grants, used_option
from rbacpsp.report.formats import SCANNED, TABULAR

if TYPE_CHECKING:
    from rbacpsp.audit import Audit
    from rbacpsp.auditlog.evidence import UsedGrants
    from rbacpsp.paths.path import Path
    from rbacpsp.paths.place import Place
    from rbacpsp.paths.search import Cut
    from rbacpsp.report.findings_report import AuditReport
    from rbacpsp.report.paths_report import PathsReport

_FORMATS = "The output format, for readers, programs, code scanning (sarif) or CI (junit)."


@command(
    "paths", short_help="Show how a subject can become cluster-admin, root on a node, or another subject."
)
@click.option("--from", "start", metavar="SUBJECT", help="The subject where paths start.")
@click.option(
    "--to", "goal", metavar="GOAL", help="The goal: cluster-admin, node, secrets[:NAMESPACE] or a subject."
)
@click.option(
    "--limit", default=50, show_default=True, metavar="N", help="The greatest number of paths to show."
)
@include_system_option
@gate_options
@click.option("--own", is_flag=True, hidden=True, help="An alias of --include-system.")
@used_option
@source_options
@template_path_option
@output_options(formats=(*TABULAR, *SCANNED, "junit", "html"), help=_FORMATS)
def paths(
    *,
    start: str | None,
    goal: str | None,
    limit: int,
    include_system: bool,
    own: bool,
    gates: Gates,
    logs: tuple[str, ...],
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Show how a subject can become cluster-admin, root on a node, or another subject.

    A subject is user/NAME, group/NAME, sa/NAMESPACE:NAME, or a bare name. Without --from, every subject that
    reaches the goal is shown, and which single grant to remove to close the most paths. Without --to, the
    goal is cluster-admin, or everything that --from reaches. --usage shows from audit logs which paths rest
    only on grants that nobody used: such grants can be removed without harm. Each path is a finding (RBP150
    to RBP153): --fail-on, --baseline and --policy work as they do for the audit. With --fail-on, a
    start or goal that nothing names is an error: such a gate proves nothing. -o name prints the subjects that
    reach the goal or, with --from, what it reaches.

    \b
    Examples:
      rbacpsp paths --to node -f sample_clusters/psp-on-eks
      rbacpsp paths --from ServiceAccount/psp-eks-restrictive:eks-test-user -f sample_clusters/psp-on-eks
      rbacpsp paths -f sample_clusters/audit-log/cluster.yaml --usage sample_clusters/audit-log/log
      rbacpsp paths --to cluster-admin --include-system -f sample_clusters/bootstrap-1.24 -o json
      rbacpsp paths --to node -f sample_clusters/psp-on-eks --fail-on critical -o sarif
    """
    from rbacpsp.paths import parse_place
    from rbacpsp.paths.findings import as_audit, unmatched_exceptions
    from rbacpsp.report.findings_report import AuditReport

    own = own or include_system
    cluster = open_cluster(source)
    source_place = parse_path_end(cluster, start) if start else None
    target = parse_path_end(cluster, goal) if goal else None
    if gates.fail_on:
        require_place_in_gate(cluster, source_place)
        require_place_in_gate(cluster, target)
    warn_custom_resources(cluster.objects)
    search = cluster.paths()
    cuts: list[tuple[Cut, str]] = []
    folded = ""
    if source_place and target:
        path = search.between(source_place, target)
        matching: tuple[Path, ...] = (path,) if path else ()
        all_paths, total = matching, len(matching)
    elif source_place:
        reached = search.from_(source_place, None if gates.given else limit)
        all_paths = matching = reached.paths
        total = reached.total
    else:
        target = target or parse_place("cluster-admin")
        all_paths = search.to(target)
        matching = tuple(path for path in all_paths if own or not path.kubernetes_own)
        total = len(matching)
        cuts = [(cut, _cut_words(cut, target)) for cut in search.cuts(target)]
        system_count = sum(path.kubernetes_own and not _is_assumed(path) for path in all_paths)
        folded = (
            omitted_line(system_count, "paths of Kubernetes' own components")
            if system_count and not own
            else ""
        )
    empty = ALL_LEFT_OUT if total else no_path_text(source_place, target) + partial_source_note(cluster)
    policy = gates.policy()
    unmatched = unmatched_exceptions(policy, all_paths, source_place, target) if policy else ()
    audit = gates.new_only(
        as_audit(
            matching,
            cluster.kubernetes_version,
            version_is_assumed=cluster.version_is_assumed,
            policy=policy,
            today=today(),
            warnings=(*cluster.warnings, *unmatched),
        )
    )
    if gates.given:
        reported = {id(finding.way) for finding in audit.findings}
        total -= sum(id(path) not in reported for path in matching)
        matching = tuple(path for path in matching if id(path) in reported)
    shown_paths = matching[:limit]
    report = AuditReport(audit, locator(cluster), fail_on=gates.threshold)
    used = used_grants(logs, cluster, output, strict=source.strict)
    names = path_names(shown_paths, reached=source_place is not None)
    output.answer(
        _answer(shown_paths, names, cuts, total, folded, used, report),
        empty=empty,
        cluster=cluster,
        granting=grant_objects(step.grant for path in shown_paths for step in path.steps if step.grant),
        access_only=True,
    )
    if output.readable:
        if total > len(shown_paths):
            note(f"{total - len(shown_paths)} more paths are not shown: --limit shows more.")
        for _, words in cuts:
            note(words)
        _note_ruled_out(audit)
    for sentence in unmatched:
        warn(sentence)
    if used:
        _note_unused(shown_paths, used)
    return NO if gates.fails(audit) else 0


def _note_ruled_out(audit: "Audit") -> None:
    for finding in audit.ruled_out:
        note(f"{finding.way.words if finding.way else ''} This path is left out: {finding.ruled_out}.")
    for finding in audit.findings:
        if finding.way is None:
            note(f"{finding.title}: {finding.detail}")


def _is_assumed(path: "Path") -> bool:
    """Whether a path starts with an assumed grant."""
    grant = path.steps[0].grant if path.steps else None
    return grant is not None and grant.binding.assumed


def _cut_words(cut: "Cut", goal: "Place") -> str:
    from rbacpsp.audit.change import object_words
    from rbacpsp.model.subjects import subject_text

    change = f"Removing {subject_text(cut.subject)} from {object_words(cut.binding)}"
    is_only_one = cut.of == 1
    subjects = (
        "the only subject that reaches"
        if is_only_one
        else f"{cut.closed} of the {cut.of} subjects that reach"
    )
    return f"{change} cuts off {subjects} {goal.words}."


def _note_unused(shown_paths: "Iterable[Path]", used: "UsedGrants") -> None:
    for path in shown_paths:
        if _rests_on_unused(path, used):
            note(
                f"{path.start.words} to {path.goal.words}: rests only on grants that nobody used; "
                f"{used.window.words}."
            )


def _rests_on_unused(path: "Path", used: "UsedGrants") -> bool:
    from rbacpsp.auditlog.evidence import rests_on_unused

    return rests_on_unused(path, used)


def _answer(
    shown_paths: "Sequence[Path]",
    names: "Sequence[str]",
    cuts: "Iterable[tuple[Cut, str]]",
    total: int,
    folded: str,
    used: "UsedGrants | None",
    report: "AuditReport",
) -> "PathsReport":
    from rbacpsp.report.path_steps import path_json
    from rbacpsp.report.paths_report import PathsReport

    documents = []
    findings = {id(finding.way): finding for finding in report.audit.findings}
    for path in shown_paths:
        unused = {"onlyUnusedGrants": _rests_on_unused(path, used)} if used else {}
        finding = findings.get(id(path))
        finding_fields = (
            {"rule": finding.rule.id, "severity": finding.severity, "fingerprint": finding.fingerprint}
            if finding
            else {}
        )
        documents.append({**path_json(path), **finding_fields, **unused})
    cut_documents = [{"change": words, "closed": cut.closed, "of": cut.of} for cut, words in cuts]
    data = {"paths": documents, "total": total, "cuts": cut_documents}
    return PathsReport("Paths", paths_table(shown_paths, last=folded), data, names, findings=report)

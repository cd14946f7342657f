"""`rbacpsp diff`: show who gained and who lost access between two states."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import NO, note, warn
from rbacpsp.cli.options import SourceOptions, how_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.report.formats import SCANNED

FORMATS = ("table", "wide", "json", "yaml", "csv", "markdown", "name", *SCANNED, "html")
SECTION_OF = {
    "gained": "access",
    "lost": "access",
    "path": "paths",
    "admission": "admission",
    "finding": "findings",
}
"""The comparison that each word of `--fail-on` needs."""
SEVERITIES = ("critical", "high", "medium", "low", "info")
FAIL_ON = ("gained", "lost", "path", "admission", *(f"finding:{severity}" for severity in SEVERITIES))


@command("diff", short_help="Show who gained and who lost access between two states.")
@click.argument("old")
@click.argument("new")
@click.option(
    "--subject", "subjects", multiple=True, metavar="SUBJECT", help="Only this subject; may be repeated."
)
@click.option("-n", "--namespace", metavar="NAME", help="Only access in this namespace.")
@click.option(
    "--old-namespace",
    metavar="NAME",
    help="Compare this namespace of OLD with the one of NEW that -n names: staging with prod.",
)
@click.option(
    "--only",
    type=click.Choice(["gained", "lost"]),
    help="Show only access that was gained, or only access that was lost.",
)
@click.option(
    "--fail-on",
    "failing",
    type=click.Choice(FAIL_ON),
    metavar="WHAT",
    multiple=True,
    help="Exit with 1 on a change of this type: gained, lost, path (a new path), admission (a workload that "
    "is admitted differently), or finding:SEVERITY (a new or worse finding of at least this severity, such "
    "as finding:high); may be repeated.",
)
@click.option("--admission", is_flag=True, help="Also compare how workloads are admitted.")
@click.option("--findings", is_flag=True, help="Also compare the findings of the audit.")
@click.option(
    "--paths",
    is_flag=True,
    help="Also compare who can reach cluster-admin or root on a node.",
)
@click.option("--objects", is_flag=True, help="Also list the objects that differ.")
@click.option("--all", "everything", is_flag=True, help="Compare all of these.")
@how_options
@output_options(formats=FORMATS)
def diff(
    *,
    old: str,
    new: str,
    subjects: tuple[str, ...],
    namespace: str | None,
    old_namespace: str | None,
    only: str | None,
    failing: tuple[str, ...],
    everything: bool,
    source: SourceOptions,
    output: Output,
    **flags: bool,
) -> int:
    r"""Show who gained and who lost access between two states.

    OLD and NEW are each a file, a folder, a snapshot, - for stdin, live or live:CONTEXT for a running
    cluster, git:REVISION:PATH for a file or folder of a revision (as in git show REVISION:PATH), or none for
    a new server with nothing applied. The options for reading apply to both.

    \b
    Examples:
      rbacpsp diff none sample_clusters/rbac-workshop
      rbacpsp diff sample_clusters/bootstrap-1.24 sample_clusters/bootstrap-1.36 --only lost -o wide
      rbacpsp diff none sample_clusters/psp-on-eks --fail-on path
      rbacpsp diff none sample_clusters/psp-on-eks --all -o markdown

    Decisions are compared, not objects: rewriting a role so that it allows the same is no change, and neither
    is moving a rule to another binding. A rule for * also allows resources that are installed later, so it
    counts as more than a list of all current resources. Each subject is compared by its own bindings, without
    those of its groups; a group is a subject of its own. With -n, cluster-wide changes are shown as well.

    Paths are shown for all subjects that reach the goal in one state only, or in fewer or more actions;
    --subject, -n and --only do not limit them. --subject limits access and findings; --only limits the access
    that is shown, but not what --fail-on counts. An added workload counts as a change of admission only if it
    is refused; a removed workload never does.

    With --fail-on, a namespace or subject that neither state names is an error: such a gate proves nothing.
    """
    from rbacpsp.cli.diff_output.options import DiffOptions, compared
    from rbacpsp.cli.states import open_states

    if old_namespace and not namespace:
        raise click.UsageError(
            "--old-namespace needs -n, the namespace of NEW to compare with", click.get_current_context()
        )
    sections = {name for name, is_set in flags.items() if is_set or everything}
    sections |= {SECTION_OF[word.partition(":")[0]] for word in failing} - {"access"}
    request = DiffOptions(frozenset(sections), subjects, namespace, old_namespace, only, gate=bool(failing))
    before, after = open_states(old, new, source, kinds=None if sections else RBAC_KINDS)
    comparison = compared(before, after, request)
    if comparison.left_out and not comparison.access and output.readable:
        note(f"Changes found: {comparison.left_out}, but none of the selected kinds.")
    for warning in comparison.notes:
        warn(warning)
    if before.version_words != after.version_words:
        note(f"OLD is from another server: {before.version_words}.")
    output.show(comparison.report, cluster=after)
    return NO if any(map(comparison.reaches, failing)) else 0

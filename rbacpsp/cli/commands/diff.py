"""`rbacpsp diff`."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import NO, note, warn
from rbacpsp.cli.options import SourceOptions, how_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.report.formats import SCANNED

FORMATS = ("table", "wide", "json", "yaml", "csv", "markdown", "name", *SCANNED, "html")
IMPLIED = {
    "gained": "access",
    "lost": "access",
    "path": "paths",
    "admission": "admission",
    "finding": "findings",
}
"""What is compared for each word of `--fail-on`."""
SEVERITIES = ("critical", "high", "medium", "low", "info")
FAIL_ON = ("gained", "lost", "path", "admission", *(f"finding:{each}" for each in SEVERITIES))


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
    help="Exit with 1 when there is any: gained, lost, path (a new one), admission (a workload that fares "
    "differently), or finding:SEVERITY (a new or worse one that is this bad or worse, such as finding:high); "
    "may be repeated.",
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
    a server to which nothing was applied. The options that say how to read hold for both.

    \b
    Examples:
      rbacpsp diff none sample_clusters/rbac-workshop
      rbacpsp diff sample_clusters/bootstrap-1.24 sample_clusters/bootstrap-1.36 --only lost -o wide
      rbacpsp diff none sample_clusters/psp-on-eks --fail-on path
      rbacpsp diff none sample_clusters/psp-on-eks --all -o markdown

    Decisions are compared, not objects: roles that are written differently and allow the same are no change,
    and neither is a rule that moved to another binding. A rule for * allows what is installed tomorrow, so it
    is more than a list of all that there is. Each subject is judged by what is bound to it itself: a group is
    a subject of its own. With -n, changes that hold in the whole cluster are shown as well.

    Paths are those of every subject that reaches the goal in one state only, or by fewer or more acts,
    whatever --subject, -n and --only say; --subject narrows access and findings, and --only access alone. A
    workload that came or went fares differently only if it came and is refused.
    """
    from rbacpsp.cli.diff_output.options import DiffOptions, compared
    from rbacpsp.cli.states import open_states

    if old_namespace and not namespace:
        raise click.UsageError(
            "--old-namespace needs -n, the namespace of NEW to compare with", click.get_current_context()
        )
    sections = {name for name, given in flags.items() if given or everything}
    sections |= {IMPLIED[word.partition(":")[0]] for word in failing} - {"access"}
    asked = DiffOptions(frozenset(sections), subjects, namespace, old_namespace, only)
    before, after = open_states(old, new, source, kinds=None if sections else RBAC_KINDS)
    found = compared(before, after, asked)
    if found.left_out and not found.access and output.readable:
        note(f"Changes found: {found.left_out}, but none of the kind that was asked for.")
    for each in found.notes:
        warn(each)
    if before.version_words != after.version_words:
        note(f"OLD is from another server: {before.version_words}.")
    output.show(found.report, cluster=after)
    return NO if any(map(found.reaches, failing)) else 0

"""`rbacpsp psp simulate`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from rbacpsp.cli.assumption_warning import grant_objects
from rbacpsp.cli.command import command
from rbacpsp.cli.commands.psp.list import NO_POLICIES
from rbacpsp.cli.custom_resources import warn_custom_resources
from rbacpsp.cli.enforcement import report_enforcement
from rbacpsp.cli.errors import NO, note, warn
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.policies import open_policies
from rbacpsp.cli.simulate_text import counted, difference_lines, reasons, side_text, summary_lines
from rbacpsp.cli.simulation_rows import (
    COLUMNS,
    POD_KINDS,
    WIDE,
    creator_options,
    difference_json,
    row_cells,
    row_json,
    run_simulation,
    summary_json,
)
from rbacpsp.cli.template_path import template_path_option
from rbacpsp.cli.what_if import apply_what_if, read_added
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.escape import line, lines
from rbacpsp.simulate import Effect, Simulation, Stuck, differences
from rbacpsp.simulate.summary import counted_for
from rbacpsp.sources.custom_resources import CUSTOM_RESOURCES

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_EMPTY = "No workload and no pod was loaded; to dump them: kubectl get pods,deployments,... -A -o json."


@command("simulate", short_help="Show what every workload's pods would get now.")
@click.option("-n", "--namespace", metavar="NAME", help="Show one namespace only.")
@click.option(
    "--operation",
    type=click.Choice(["create", "update"]),
    default="create",
    show_default=True,
    help="What to judge: creating every pod, or updating every stored pod.",
)
@creator_options
@source_options
@template_path_option
@output_options
def simulate(
    *,
    namespace: str | None,
    operation: str,
    creators: Mapping[str, Any],
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Show which policy the pods of every workload would get now, and which they have.

    A row is a workload, or a pod without one. Its verdict is "same", "drift" (created now, its pods would get
    another policy than the recorded one), "refused", "unbound" (no policy may be used), "unrecorded" (its
    pods were created without policies) or "no pods". A workload is judged by its template, as its controller;
    any other pod as it is stored, and --as says who creates those that have no controller.

    With --with or --without the answer is what that change does: whose pods get another policy or other
    fields, and whose become refused; exit 1 when any become refused.

    --operation update lists the stored pods that could not be updated any more: an update may fill in
    nothing. They are updated by --as, or else by who created them; with a change, exit 1 when it adds some.

    \b
    Examples:
      rbacpsp psp simulate -f sample_clusters/psp-migration
      rbacpsp psp simulate -f sample_clusters/psp-migration --without psp/privileged
    """
    to_add = read_added(source, source.templates)
    cluster = open_policies(
        replace(source, added=(), removed=()), kinds=POD_KINDS | {CUSTOM_RESOURCES}, to_add=to_add
    )
    warn_custom_resources(cluster.objects)
    before = run_simulation(cluster, creators)
    if not (source.added or source.removed):
        if operation == "update":
            _stuck(list(before.stuck(before.user)), cluster, namespace, output)
        else:
            _report(before, cluster, namespace, output)
        return 0
    whole = _changed(cluster, source)
    after = run_simulation(whole, creators, quiet=True)
    if operation == "create":
        return _difference(before, after, whole, namespace, output)
    stuck = list(after.stuck(after.user))
    _stuck(stuck, whole, namespace, output)
    already = {(each.pod.namespace, each.pod.name) for each in before.stuck(before.user)}
    return 0 if all((each.pod.namespace, each.pod.name) in already for each in stuck) else NO


def _changed(before: "Cluster", source: SourceOptions) -> "Cluster":
    after = apply_what_if(before, source)
    for warning in after.warnings:
        if warning not in before.warnings:
            warn(warning)
    return after


def _report(simulation: Simulation, cluster: "Cluster", namespace: str | None, output: Output) -> None:
    rows = [row for row in simulation if namespace in {None, row.namespace}]
    summary = counted_for(simulation.summary, rows)
    table = Table(COLUMNS, list(map(row_cells, rows)), WIDE)
    names = [f"{row.namespace}/{row.title}" for row in rows]
    data = {"summary": summary_json(summary)} if not output.readable else {}
    items = [] if output.readable else list(map(row_json, rows))
    answer = Answer("Simulation", table, data | {"items": items}, names)
    talks = output.tabular and rows
    if talks:
        output.write("".join(f"{line(each)}\n" for each in summary_lines(rows, summary)) + "\n")
    grants = grant_objects(grant for row in rows for grant in row.grants)
    output.answer(answer, empty=_EMPTY, cluster=cluster, granting=grants)
    if talks and (why := list(reasons(rows))):
        output.write(lines("\n" + "\n".join(why)) + "\n")
    _advise(simulation, cluster)


def _advise(simulation: Simulation, cluster: "Cluster") -> None:
    summary = simulation.summary
    report_enforcement(cluster)
    if len(simulation) and not cluster.objects.policies:
        note(NO_POLICIES)
    elif summary.pods and not summary.enforced:
        if cluster.psp_enforcement.enforced is None:
            note("Policies seem not to be enforced here: no pod carries the annotation kubernetes.io/psp.")
        refused = sum(row.refused for row in simulation)
        note(f"Once they are enforced, {refused} of the {counted(len(simulation), 'row')} would be refused.")


def _stuck(all_stuck: list[Stuck], cluster: "Cluster", namespace: str | None, output: Output) -> None:
    found = [each for each in all_stuck if namespace in {None, each.pod.namespace}]
    rows = [
        (each.pod.namespace, f"pod/{each.pod.name}", each.recorded or "<none>", each.why) for each in found
    ]
    items = [
        {
            "namespace": each.pod.namespace,
            "name": each.pod.name,
            "recorded": each.recorded,
            "message": each.message,
            "why": each.why,
        }
        for each in found
    ]
    table = Table(("namespace", "pod", "recorded", "why"), rows)
    names = [f"{place}/{pod}" for place, pod, *_ in rows]
    answer = Answer("StuckPods", table, {"items": items}, names)
    output.answer(answer, empty="Every pod could be updated.", cluster=cluster)


def _difference(
    before: Simulation, after: Simulation, cluster: "Cluster", namespace: str | None, output: Output
) -> int:
    found = [
        difference
        for difference in differences(before, after)
        if namespace in {None, difference.row.namespace}
    ]
    rows = [
        (each.row.namespace, each.row.title, side_text(each.before), side_text(each.after), each.effect.value)
        for each in found
    ]
    same = sum(namespace in {None, row.namespace} for row in after) - sum(
        each.after is not None for each in found
    )
    table = Table(("namespace", "workload", "before", "after", "effect"), rows)
    items = [] if output.readable else list(map(difference_json, found))
    names = [f"{each.row.namespace}/{each.row.title}" for each in found]
    answer = Answer("SimulationDifference", table, {"unchanged": same, "items": items}, names)
    sides = (side for each in found for side in (each.before, each.after) if side is not None)
    output.answer(
        answer,
        empty=f"Nothing changes for {counted(same, 'row')}.",
        cluster=cluster,
        granting=grant_objects(grant for row in sides for grant in row.grants),
    )
    if found and output.tabular:
        output.write(f"{each}\n" for each in difference_lines(found))
        if same:
            note(f"Nothing changes for {counted(same, 'other')}.")
    return NO if any(each.effect is Effect.REFUSED for each in found) else 0

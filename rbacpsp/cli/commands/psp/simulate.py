"""`rbacpsp psp simulate`: show which policy the pods of every workload would get now, and which they have."""

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
from rbacpsp.cli.gate_names import doubt_namespace
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.policies import open_policies
from rbacpsp.cli.simulate_text import difference_lines, reasons, side_text, summary_lines
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
from rbacpsp.model.result import counted
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.escape import line, lines
from rbacpsp.simulate import Effect, Simulation, Stuck, differences
from rbacpsp.simulate.summary import counted_for
from rbacpsp.sources.custom_resources import CUSTOM_RESOURCES

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_EMPTY = "No workload and no pod was loaded; to dump them: kubectl get pods,deployments,... -A -o json."


@command("simulate", short_help="Show which policy every workload's pods would get now.")
@click.option("-n", "--namespace", metavar="NAME", help="Show one namespace only.")
@click.option(
    "--operation",
    type=click.Choice(["create", "update"]),
    default="create",
    show_default=True,
    help="The operation to check: creating every pod, or updating every stored pod.",
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

    Each row is a workload, or a pod without one. Its verdict is "same", "drift" (if created now, its pods
    would get another policy than the recorded one), "refused", "unbound" (no policy may be used),
    "unrecorded" (its pods were created without policies) or "no pods". The pods of a workload are created
    from its template by its controller. Any other pod is created as it is stored; --as names the creator of
    pods without a controller.

    With --with or --without, the answer shows the effects of the change: whose pods get another policy or
    other fields, and whose are refused. The exit code is 1 if the change refuses any pod.

    --operation update lists the stored pods that can no longer be updated, since a policy must not set
    defaults in an update. The user is --as, or else the creator of the pod. With a change, the exit code is 1
    if it adds such pods.

    \b
    Examples:
      rbacpsp psp simulate -f sample_clusters/psp-migration
      rbacpsp psp simulate -f sample_clusters/psp-migration --without psp/privileged
    """
    to_add = read_added(source, source.templates)
    cluster = open_policies(
        replace(source, added=(), removed=()), kinds=POD_KINDS | {CUSTOM_RESOURCES}, to_add=to_add
    )
    doubt_namespace((cluster,), namespace, gate=bool(source.added or source.removed))
    warn_custom_resources(cluster.objects)
    before = run_simulation(cluster, creators)
    if not (source.added or source.removed):
        if operation == "update":
            _stuck(list(before.stuck(before.user)), cluster, namespace, output)
        else:
            _report(before, cluster, namespace, output)
        return 0
    changed_cluster = _changed(cluster, source)
    after = run_simulation(changed_cluster, creators, quiet=True)
    if operation == "create":
        return _difference(before, after, changed_cluster, namespace, output)
    stuck = list(after.stuck(after.user))
    _stuck(stuck, changed_cluster, namespace, output)
    stuck_before = {(stuck_pod.pod.namespace, stuck_pod.pod.name) for stuck_pod in before.stuck(before.user)}
    return (
        0 if all((stuck_pod.pod.namespace, stuck_pod.pod.name) in stuck_before for stuck_pod in stuck) else NO
    )


def _changed(before: "Cluster", source: SourceOptions) -> "Cluster":
    after = apply_what_if(before, source)
    for warning in after.warnings:
        if warning not in before.warnings:
            warn(warning)
    return after


def _empty(namespace: str | None) -> str:
    return _EMPTY if namespace is None else f"No workload and no pod of {namespace} was loaded."


def _report(simulation: Simulation, cluster: "Cluster", namespace: str | None, output: Output) -> None:
    rows = [row for row in simulation if namespace in {None, row.namespace}]
    summary = counted_for(simulation.summary, rows)
    table = Table(COLUMNS, list(map(row_cells, rows)), WIDE)
    names = [f"{row.namespace}/{row.title}" for row in rows]
    data = {"summary": summary_json(summary)} if not output.readable else {}
    items = [] if output.readable else list(map(row_json, rows))
    answer = Answer("Simulation", table, data | {"items": items}, names)
    with_text = output.tabular and rows
    if with_text:
        output.write(
            "".join(f"{line(summary_line)}\n" for summary_line in summary_lines(rows, summary)) + "\n"
        )
    grants = grant_objects(grant for row in rows for grant in row.grants)
    output.answer(
        answer,
        empty=_empty(namespace),
        cluster=cluster,
        granting=grants,
    )
    if with_text and (explanations := list(reasons(rows))):
        output.write(lines("\n" + "\n".join(explanations)) + "\n")
    _note_enforcement(simulation, cluster)


def _note_enforcement(simulation: Simulation, cluster: "Cluster") -> None:
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
    shown_stuck = [stuck_pod for stuck_pod in all_stuck if namespace in {None, stuck_pod.pod.namespace}]
    rows = [
        (stuck_pod.pod.namespace, f"pod/{stuck_pod.pod.name}", stuck_pod.recorded or "<none>", stuck_pod.why)
        for stuck_pod in shown_stuck
    ]
    items = [
        {
            "namespace": stuck_pod.pod.namespace,
            "name": stuck_pod.pod.name,
            "recorded": stuck_pod.recorded,
            "message": stuck_pod.message,
            "why": stuck_pod.why,
        }
        for stuck_pod in shown_stuck
    ]
    table = Table(("namespace", "pod", "recorded", "why"), rows)
    names = [f"{pod_namespace}/{pod}" for pod_namespace, pod, *_ in rows]
    answer = Answer("StuckPods", table, {"items": items}, names)
    output.answer(answer, empty="Every pod could be updated.", cluster=cluster)


def _difference(
    before: Simulation, after: Simulation, cluster: "Cluster", namespace: str | None, output: Output
) -> int:
    shown_differences = [
        difference
        for difference in differences(before, after)
        if namespace in {None, difference.row.namespace}
    ]
    rows = [
        (
            difference.row.namespace,
            difference.row.title,
            side_text(difference.before),
            side_text(difference.after),
            difference.effect.value,
        )
        for difference in shown_differences
    ]
    same = sum(namespace in {None, row.namespace} for row in after) - sum(
        difference.after is not None for difference in shown_differences
    )
    table = Table(("namespace", "workload", "before", "after", "effect"), rows)
    items = [] if output.readable else list(map(difference_json, shown_differences))
    names = [f"{difference.row.namespace}/{difference.row.title}" for difference in shown_differences]
    answer = Answer("SimulationDifference", table, {"unchanged": same, "items": items}, names)
    sides = (
        side
        for difference in shown_differences
        for side in (difference.before, difference.after)
        if side is not None
    )
    output.answer(
        answer,
        empty=f"Nothing changes for {counted(same, 'row')}.",
        cluster=cluster,
        granting=grant_objects(grant for row in sides for grant in row.grants),
    )
    if shown_differences and output.tabular:
        output.write(f"{text_line}\n" for text_line in difference_lines(shown_differences))
        if same:
            note(f"Nothing changes for {counted(same, 'other')}.")
    return NO if any(difference.effect is Effect.REFUSED for difference in shown_differences) else 0

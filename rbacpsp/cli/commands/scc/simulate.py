"""`rbacpsp scc simulate`: show which constraints the pods of every workload would get now."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec.structs import replace

from rbacpsp.cli.assumption_warning import grant_objects
from rbacpsp.cli.command import command
from rbacpsp.cli.constraints import NO_CONSTRAINTS, note_openshift, open_constraints
from rbacpsp.cli.constraints_text import considered_json
from rbacpsp.cli.custom_resources import warn_custom_resources
from rbacpsp.cli.errors import NO, InputError, note, warn
from rbacpsp.cli.gate_names import doubt_namespace
from rbacpsp.cli.grants import grant_json, user_json
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.simulate_text import difference_lines, reasons, side_text
from rbacpsp.cli.simulation_rows import creator_options, creator_text, recorded_text
from rbacpsp.cli.spelling import binding_text
from rbacpsp.cli.template_path import template_path_option
from rbacpsp.cli.what_if import apply_what_if, read_added
from rbacpsp.model import WORKLOAD_KINDS
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import CONSTRAINT_KINDS
from rbacpsp.model.request import MASTERS
from rbacpsp.model.result import counted
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.escape import line, lines
from rbacpsp.scc import SCCAdmission
from rbacpsp.simulate import Effect, Row, RowDifference, Simulation, differences
from rbacpsp.simulate.constraints import ConstraintAdmission
from rbacpsp.sources.custom_resources import CUSTOM_RESOURCES

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_KINDS = CONSTRAINT_KINDS | {"Pod", *WORKLOAD_KINDS, CUSTOM_RESOURCES}
_COLUMNS = (
    *("namespace", "workload", "controller", "account", "use given by", "scc", "through", "recorded"),
    *("verdict", "pods", "notes"),
)
_WIDE = frozenset({"pods", "notes"})
_EMPTY = "No workload and no pod was loaded; to dump them: oc get pods,deployments,... -A -o json."


@command("simulate", short_help="Show which constraints every workload's pods would get now.")
@click.option("-n", "--namespace", metavar="NAME", help="Show one namespace only.")
@creator_options
@source_options
@template_path_option
@output_options
def simulate(
    *, namespace: str | None, creators: Mapping[str, Any], source: SourceOptions, output: Output
) -> int:
    r"""Show which constraints the pods of every workload would get now, and which they have.

    Each row is a workload, or a pod without one. Its verdict is "same", "drift" (if created now, its pods
    would get other constraints than openshift.io/scc records), "refused", "unbound" (no constraints may be
    used), "unrecorded" (its pods have no openshift.io/scc) or "no pods". The pods of a workload are created
    from its template by its controller. Any other pod is created as it is stored; --as names the creator of
    pods without a controller.

    With --with or --without, the answer shows the effects of the change, for example of constraints with
    another priority: whose pods get other constraints or other fields, and whose are refused. The exit code
    is 1 if the change refuses any pod.

    \b
    Examples:
      rbacpsp scc simulate -f sample_clusters/scc-on-openshift
      rbacpsp scc simulate -f sample_clusters/scc-on-openshift --without scc/terminals
    """
    to_add = read_added(source, source.templates)
    cluster = open_constraints(replace(source, added=(), removed=()), kinds=_KINDS, to_add=to_add)
    doubt_namespace((cluster,), namespace, gate=bool(source.added or source.removed))
    warn_custom_resources(cluster.objects)
    before = _run(cluster, creators)
    if not (source.added or source.removed):
        _report(before, cluster, namespace, output)
        return 0
    changed_cluster = apply_what_if(cluster, source)
    return _difference(
        before, _run(changed_cluster, creators, quiet=True), changed_cluster, namespace, output
    )


def _run(cluster: "Cluster", creators: Mapping[str, Any], *, quiet: bool = False) -> Simulation:
    try:
        simulation = cluster.scc_simulate(**creators)
        len(simulation)
    except ValueError as error:
        raise InputError([str(error)]) from None
    for reason in () if quiet else simulation.unread:
        warn(f"its pods are not judged: {reason}")
    return simulation


def _empty(namespace: str | None) -> str:
    return _EMPTY if namespace is None else f"No workload and no pod of {namespace} was loaded."


def _report(simulation: Simulation, cluster: "Cluster", namespace: str | None, output: Output) -> None:
    rows = [row for row in simulation if namespace in {None, row.namespace}]
    with_text = output.tabular and rows
    if with_text:
        output.write("".join(f"{line(summary_line)}\n" for summary_line in _summary(rows)) + "\n")
    items = [] if output.readable else list(map(_json, rows))
    data = {"summary": _summary_json(rows), "items": items}
    table = Table(_COLUMNS, list(map(_cells, rows)), _WIDE)
    names = [f"{row.namespace}/{row.title}" for row in rows]
    output.answer(Answer("SCCSimulation", table, data, names), empty=_empty(namespace))
    if with_text and (explanations := list(reasons(rows))):
        output.write(lines("\n" + "\n".join(explanations)) + "\n")
    note_openshift(cluster, grant_objects(grant for row in rows for grant in row.grants))
    if rows and not cluster.objects.constraints:
        note(NO_CONSTRAINTS)


def _difference(
    before: Simulation, after: Simulation, cluster: "Cluster", namespace: str | None, output: Output
) -> int:
    shown_differences = [
        difference
        for difference in differences(before, after)
        if namespace in {None, difference.row.namespace} and not _only_lists_others(difference)
    ]
    rows = [
        (
            difference.row.namespace,
            difference.row.title,
            side_text(difference.before),
            side_text(difference.after),
            _effect(difference),
        )
        for difference in shown_differences
    ]
    same = sum(namespace in {None, row.namespace} for row in after) - sum(
        difference.after is not None for difference in shown_differences
    )
    items = [] if output.readable else list(map(_difference_json, shown_differences))
    table = Table(("namespace", "workload", "before", "after", "effect"), rows)
    names = [f"{difference.row.namespace}/{difference.row.title}" for difference in shown_differences]
    answer = Answer("SCCSimulationDifference", table, {"unchanged": same, "items": items}, names)
    output.answer(answer, empty=f"Nothing changes for {counted(same, 'row')}.")
    if shown_differences and output.tabular:
        output.write(f"{text_line}\n" for text_line in difference_lines(shown_differences))
        if same:
            note(f"Nothing changes for {counted(same, 'other')}.")
    note_openshift(cluster)
    return NO if any(difference.effect is Effect.REFUSED for difference in shown_differences) else 0


def _only_lists_others(difference: RowDifference) -> bool:
    """Whether only the list of constraints in a message differs."""
    before, after = difference.before, difference.after
    if difference.effect is not Effect.REASON or before is None or after is None:
        return False
    return _reasons(before) == _reasons(after)


def _reasons(row: Row) -> tuple[str, dict[str, tuple[str, ...]]]:
    """The stage that refuses a row, and the errors of the usable constraints."""
    answer = _answer(row)
    usable = {
        name: tuple(map(str, constraint.errors))
        for name, constraint in answer.considered.items()
        if constraint.usable
    }
    return (answer.stage if answer.considered else answer.message or ""), usable


def _effect(difference: RowDifference) -> str:
    return "gets other constraints" if difference.effect is Effect.POLICY else difference.effect.value


def _answer(row: Row) -> SCCAdmission:
    admission = row.ruling.admission
    assert isinstance(admission, ConstraintAdmission)  # noqa: S101 - the simulation of constraints has no other admissions
    assert admission.answer is not None  # noqa: S101 - they always have an answer
    return admission.answer


def _cells(row: Row) -> tuple[str, ...]:
    answer = _answer(row)
    return (
        row.namespace,
        row.title,
        creator_text(row.creator),
        row.account or "<none>",
        _grant_words(answer),
        "<not asked>" if answer.not_judged else ", ".join(row.policies) or "<none>",
        "" if answer.not_judged else answer.subject_type or "",
        recorded_text(row.recorded),
        row.verdict,
        str(sum(row.recorded.values())),
        "; ".join((*row.notes, *filter(None, [answer.not_judged]))),
    )


def _grant_words(answer: SCCAdmission) -> str:
    """The lists and bindings that let the pods use their constraints."""
    winner = answer.considered.get(answer.scc or "")
    if winner is None or answer.not_judged:
        return ""
    bindings = sorted({binding_text(grant.binding) for grant in winner.grants})
    masters = any(MASTERS in user.groups for user in winner.usable_by)
    listed = (f"its list {entry}" for entry in winner.listed)
    return ", ".join([*listed, *bindings, *(["group system:masters"] if masters else [])])


def _summary(rows: Sequence[Row]) -> Iterator[str]:
    workloads = sum(row.kind != "Pod" for row in rows)
    verdicts = Counter(row.verdict for row in rows)
    verdict_counts = ", ".join(
        f"{verdicts[verdict]} {verdict}" for verdict in sorted(verdicts, key=_severity)
    )
    pods = sum(len(row.pods) for row in rows)
    bare_pods = len(rows) - workloads
    yield (
        f"{counted(workloads, 'workload')} and {counted(bare_pods, 'pod')} without one, "
        f"{counted(pods, 'pod')} in all: {verdict_counts}"
    )
    would_get, recorded = _count_pods(rows)
    names = sorted(would_get.keys() | (recorded.keys() - {""}))
    if names:
        parts = [f"{name} {would_get.get(name, 0)} (recorded on {recorded.get(name, 0)})" for name in names]
        yield f"pods by constraints: {', '.join(parts)}"


def _severity(verdict: str) -> int:
    return ("refused", "unbound", "drift", "unrecorded", "same", "no pods").index(verdict)


def _count_pods(rows: Sequence[Row]) -> tuple[Counter[str], Counter[str]]:
    """How many pods would get each of the constraints, and how many have it recorded."""
    would_get: Counter[str] = Counter()
    recorded: Counter[str] = Counter()
    for row in rows:
        recorded.update(row.recorded)
        for part in row.parts:
            if part.ruling.admission.policy:
                would_get[part.ruling.admission.policy] += len(part.pods)
    return would_get, recorded


def _summary_json(rows: Sequence[Row]) -> JSONObject:
    would_get, recorded = _count_pods(rows)
    return {
        "verdicts": dict(Counter(row.verdict.value for row in rows)),
        "pods": sum(len(row.pods) for row in rows),
        "podsByConstraints": dict(sorted(would_get.items())),
        "recorded": {name: count for name, count in sorted(recorded.items()) if name},
        "unrecorded": recorded.get("", 0),
    }


def _json(row: Row) -> JSONObject:
    answer = _answer(row)
    return {
        "namespace": row.namespace,
        "kind": row.kind,
        "name": row.name,
        "creator": None if row.creator is None else user_json(row.creator),
        "account": row.account,
        "pods": [pod.name for pod in row.pods],
        "verdict": row.verdict.value,
        "scc": row.policy,
        "subjectType": None if answer.not_judged else answer.subject_type,
        "recorded": [{"scc": name or None, "pods": count} for name, count in row.recorded.items()],
        "message": row.message,
        "notes": list(row.notes),
        "grants": list(map(grant_json, row.grants)),
        "asked": list(map(user_json, answer.asked)),
        "notJudged": answer.not_judged,
        "considered": [
            {"scc": name, **considered_json(constraint)} for name, constraint in answer.considered.items()
        ],
    }


def _difference_json(difference: RowDifference) -> JSONObject:
    row = difference.row
    return {
        "namespace": row.namespace,
        "kind": row.kind,
        "name": row.name,
        "effect": _effect(difference),
        "before": None if difference.before is None else _json(difference.before),
        "after": None if difference.after is None else _json(difference.after),
        "fields": [msgspec.to_builtins(change._asdict()) for change in difference.fields],
    }

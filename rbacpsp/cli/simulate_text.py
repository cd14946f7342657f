"""A simulation in words: its summary, why pods are refused, and the effects of a change."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rbacpsp.cli.spelling import binding_text
from rbacpsp.model.result import counted
from rbacpsp.report.escape import line
from rbacpsp.simulate import Row, RowDifference, Summary

_FEW = 3
"""How many rows a line of the summary names; the others are only counted."""


def summary_lines(rows: Sequence[Row], summary: Summary) -> Iterator[str]:
    """The lines of the summary, without lines that have nothing to report."""
    workloads = sum(row.kind != "Pod" for row in rows)
    alone = len(rows) - workloads
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in summary.verdicts.items())
    yield (
        f"{counted(workloads, 'workload')} and {counted(alone, 'pod')} without one, "
        f"{counted(summary.pods, 'pod')} in all: {verdicts}"
    )
    policies = sorted(summary.pods_by_policy.keys() | (summary.recorded.keys() - {""}))
    if policies:
        parts = [
            f"{name} {summary.pods_by_policy.get(name, 0)} (recorded on {summary.recorded.get(name, 0)})"
            for name in policies
        ]
        yield f"pods by policy: {', '.join(parts)}"
    for name, titles in summary.invalid.items():
        yield f"{name} makes pods invalid, so that the API server refuses them: {', '.join(titles)}"
    if summary.unused:
        yield f"no pod has or would get: {', '.join(summary.unused)}"
    if summary.unusable:
        yield f"no one can use: {', '.join(summary.unusable)}"
    for name, winners in summary.shadowed.items():
        verb = "wins" if len(winners) == 1 else "win"
        yield f"never reached: {name}, although it admits pods, because {', '.join(winners)} {verb} first"
    for out_of_order in summary.out_of_order:
        first, second = out_of_order.policy, out_of_order.passed
        yield (
            f"out of alphabetical order: {first} wins before {second} for {_few(out_of_order.titles)}, "
            "because it changes nothing"
        )
    for idle in summary.idle_grants:
        namespace = f" in {idle.binding.namespace}" if idle.binding.namespace else ""
        yield f"no workload needs: {binding_text(idle.binding)}{namespace}, for {idle.policy}"


def _few(titles: tuple[str, ...]) -> str:
    listed = ", ".join(titles[:_FEW])
    return listed if len(titles) <= _FEW else f"{listed} and {len(titles) - _FEW} more"


def reasons(rows: Iterable[Row]) -> Iterator[str]:
    """Why each refused row is refused, in the server's words."""
    for row in rows:
        if row.refused:
            yield f"{row.namespace} {row.title}: {row.message}"
            if row.kind == "Pod" or row.creator is None:
                yield from (f"  {note}" for note in row.notes)


def difference_lines(differences: Iterable[RowDifference]) -> Iterator[str]:
    """The message of each refusal and the fields that change, below the workload."""
    for difference in differences:
        row = difference.row
        refused = difference.after is not None and difference.after.refused
        if refused:
            yield ""
            yield line(f"{row.namespace} {row.title} {difference.effect}:")
            yield line(f"  {row.message}")
        elif difference.fields:
            yield ""
            yield line(f"{row.namespace} {row.title} {difference.effect}:")
            for change in difference.fields:
                yield f"  {line(change.path)}: {_value(change.before)} -> {_value(change.after)}"


def _value(value: Any) -> str:
    return "(absent)" if value is None else line(json.dumps(value, ensure_ascii=False))


def side_text(row: Row | None) -> str:
    """One side of a difference: the policy, or why there is none."""
    if row is None:
        return "<absent>"
    return ", ".join(row.policies) if not row.refused else row.verdict.value

"""The section about workloads whose admission changes."""

from typing import TYPE_CHECKING

import msgspec

from rbacpsp.cli.diff_output.section import Alarm, DiffSection, Location, plural
from rbacpsp.model.json import JSONObject
from rbacpsp.report.answer import Table

if TYPE_CHECKING:
    from rbacpsp.comparison import AdmissionChange, AdmissionDifference, AdmissionVerdict
    from rbacpsp.model import Objects

_COLUMNS = ("change", "namespace", "workload", "plugin", "before", "after", "fields")
_WIDE = frozenset({"fields"})
_TITLE = "Pods that were admitted are refused"
_HELP = "PodSecurityPolicy or Pod Security refuses the pods of a workload that it admitted before."
_REFUSED = "becomes refused"


def admission_section(difference: "AdmissionDifference", new: "Objects") -> DiffSection:
    """The workloads that get another policy, other fields or another verdict."""
    refused = sum(change.effect == _REFUSED for change in difference.changes)
    rows = [_cells(change) for change in difference.changes]
    return DiffSection(
        "admission",
        (
            plural(refused, "workload refused", "workloads refused"),
            plural(
                len(difference.changes) - refused,
                "workload judged differently",
                "workloads judged differently",
            ),
        ),
        Table(_COLUMNS, rows, _WIDE),
        tuple(
            (
                effect,
                f"{workload} in {namespace}",
                namespace,
                "",
                f"{before} -> {after}",
                fields,
                plugin,
                "",
                "",
            )
            for effect, namespace, workload, plugin, before, after, fields in rows
        ),
        lambda: {
            "changes": list(map(_json, difference.changes)),
            "notCompared": list(difference.not_compared),
        },
        lambda: [_alarm(change, new) for change in difference.changes if change.effect == _REFUSED],
        difference.not_compared,
    )


def _cells(change: "AdmissionChange") -> tuple[str, ...]:
    return (
        change.effect.value,
        change.namespace,
        _title(change),
        change.plugin,
        change.before.words if change.before else "",
        change.after.words,
        ", ".join(field.path for field in change.fields),
    )


def _title(change: "AdmissionChange") -> str:
    return f"{change.kind.lower()}/{change.name}"


def _json(change: "AdmissionChange") -> JSONObject:
    return {
        "plugin": change.plugin,
        "namespace": change.namespace,
        "kind": change.kind,
        "name": change.name,
        "effect": change.effect.value,
        "before": _verdict_json(change.before),
        "after": _verdict_json(change.after),
        "fields": [msgspec.to_builtins(field._asdict()) for field in change.fields],
    }


def _verdict_json(verdict: "AdmissionVerdict | None") -> JSONObject | None:
    if verdict is None:
        return None
    return {"allowed": verdict.allowed, "by": verdict.by or None, "message": verdict.message or None}


def _alarm(change: "AdmissionChange", objects: "Objects") -> Alarm:
    return Alarm(
        "admission-refused",
        _TITLE,
        _HELP,
        "error",
        f"{_title(change)} in {change.namespace}: {change.plugin} {change.after.words}.",
        f"{change.kind} {change.namespace}/{change.name}",
        _location(change, objects),
        (change.plugin, change.namespace, change.kind, change.name),
    )


def _location(change: "AdmissionChange", objects: "Objects") -> Location:
    for namespace in (change.namespace, ""):
        obj = objects.workloads.get((change.kind, namespace, change.name)) or objects.pods.get(
            (namespace, change.name)
        )
        if obj is not None and obj.kind == change.kind:
            origin = objects.origin(obj)
            return origin.document.file, origin.line
    return "", 0

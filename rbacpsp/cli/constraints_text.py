"""The answer of security context constraints to a pod, as text and as JSON."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from rbacpsp.cli.grants import grant_json, user_json
from rbacpsp.cli.pod_verdicts import PodVerdict
from rbacpsp.cli.spelling import binding_text
from rbacpsp.model.json import JSONObject
from rbacpsp.model.result import enumerated
from rbacpsp.report.answer import Table
from rbacpsp.report.escape import line
from rbacpsp.report.table import columns
from rbacpsp.scc import Considered

if TYPE_CHECKING:
    from rbacpsp.pods.changes import Change
    from rbacpsp.scc import SCCAdmission

    JudgedPod = PodVerdict[SCCAdmission]

COLUMNS = ("object", "namespace", "allowed", "scc", "through", "verdict", "message")
"""The titles of `admission_row`."""

_VERDICTS = {"unchanged": "admits it unchanged", "changed": "admits it, changed", "refused": "refuses it"}
_WOULD = {
    "unchanged": "would admit it unchanged",
    "changed": "would admit it, changed",
    "refused": "would refuse it",
}
_STAGES = {
    "serviceaccount": "the ServiceAccount plugin refuses it",
    "validation": "the API server's validation refuses what they make of it, and no others are tried",
    "scc-validate": "they are refused in the validating phase, where nothing may be changed any more",
}


def admission_row(judged: "JudgedPod") -> tuple[str, ...]:
    """The cells of a pod under `COLUMNS`."""
    admission = judged.admission
    winner = admission.considered.get(admission.scc or "")
    return (
        judged.title,
        judged.namespace,
        "yes" if admission.allowed else "no",
        admission.scc or "",
        admission.subject_type or "",
        winner.verdict if winner else "",
        admission.message or "",
    )


def admission_json(judged: "JudgedPod") -> JSONObject:
    """An admission with everything that was considered, in the server's order."""
    admission = judged.admission
    return {
        "object": {"kind": judged.made.kind, "namespace": judged.namespace, "name": judged.made.owner},
        "asked": list(map(user_json, admission.asked)),
        "allowed": admission.allowed,
        "scc": admission.scc,
        "subjectType": admission.subject_type,
        "stage": admission.stage,
        "message": admission.message,
        "notJudged": admission.not_judged,
        "considered": [
            {"scc": name, **considered_json(considered)} for name, considered in admission.considered.items()
        ],
        "audit": dict(admission.audit),
        "pod": admission.pod,
    }


def considered_json(considered: Considered) -> JSONObject:
    """The verdict of one of the constraints on a pod."""
    return {
        "priority": considered.priority,
        "points": considered.points,
        "before": considered.before,
        "usableBy": [user.name for user in considered.usable_by],
        "listed": list(considered.listed),
        "grants": list(map(grant_json, considered.grants)),
        "verdict": considered.verdict,
        "changes": [msgspec.to_builtins(change._asdict()) for change in considered.diff],
        "errors": list(map(str, considered.errors)),
    }


def admission_text(judged: "JudgedPod") -> str:
    """The complete explanation with its last newline; names are escaped for a terminal."""
    return "".join(f"{text}\n" for text in _lines(judged))


def _lines(judged: "JudgedPod") -> Iterator[str]:
    admission = judged.admission
    yield line(_headline(judged))
    if admission.asked:
        yield line(f"asked: {', then '.join(user.name for user in admission.asked)}")
    if judged.words:
        yield line(judged.words)
    if admission.not_judged:
        yield line(f"{admission.not_judged}.")
    if admission.stage in _STAGES and admission.admitted:
        yield line(f"{admission.admitted} admit it first: {_STAGES[admission.stage]}.")
    if admission.considered:
        rows = [_row(name, constraint) for name, constraint in admission.considered.items()]
        titles = ("scc", "priority", "points", "usable by", "through", "verdict", "before the next")
        yield ""
        yield from columns(Table(titles, rows)).splitlines()
    yield from _refusals(judged)
    winner = admission.admitted
    if winner and winner in admission.considered:
        yield from _winner(winner, admission.considered[winner])


def _headline(judged: "JudgedPod") -> str:
    admission = judged.admission
    what = "its pods are" if judged.made.kind != "Pod" else "it is"
    if not admission.allowed:
        verdict = "refused"
    elif admission.scc and not admission.not_judged:
        through = "its service account" if admission.subject_type == "serviceaccount" else "its creator"
        verdict = f"admitted by {admission.scc}, through {through}"
    else:
        verdict = "admitted, constraints are not checked"
    return f"{judged.title} in {judged.namespace}: {what} {verdict}"


def _row(name: str, considered: Considered) -> tuple[str, ...]:
    bindings = sorted({binding_text(grant.binding) for grant in considered.grants})
    through = ", ".join((*(f"its list {entry}" for entry in considered.listed), *bindings))
    usable = bool(considered.usable_by)
    return (
        name,
        "" if considered.priority is None else str(considered.priority),
        str(considered.points),
        ", ".join(user.name for user in considered.usable_by) or "<none>",
        through or ("group system:masters" if usable else ""),
        (_VERDICTS if usable else _WOULD)[considered.verdict],
        considered.before,
    )


def _refusals(judged: "JudgedPod") -> Iterator[str]:
    """Why constraints refuse a pod; constraints with the same errors are named together."""
    admission = judged.admission
    groups: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    for name, constraint in admission.considered.items():
        if constraint.errors and (constraint.usable or not admission.allowed):
            words = tuple(str(error).removeprefix(f"provider {name}: ") for error in constraint.errors)
            groups.setdefault((constraint.usable, tuple(dict.fromkeys(words))), []).append(name)
    for (usable, errors), names in groups.items():
        verb = ("refuses" if len(names) == 1 else "refuse") if usable else "would refuse"
        yield ""
        yield line(f"{enumerated(names)} {verb} it:")
        yield from (f"  {line(error)}" for error in errors)


def _winner(name: str, considered: Considered) -> Iterator[str]:
    yield ""
    if not considered.diff:
        yield line(f"{name} wins: it is the first in order that may be used and admits the pod.")
        return
    yield line(f"{name} wins: it is the first in order that may be used and admits the pod. It sets:")
    yield from map(change_text, considered.diff)


def change_text(change: "Change") -> str:
    """A change of a field, indented."""
    return f"  {line(change.path)}: {_value(change.before)} -> {_value(change.after)}"


def _value(value: Any) -> str:
    return "(absent)" if value is None else line(json.dumps(value, ensure_ascii=False))

"""An admission in words: what the server says, which policies were asked, and why the winner won."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rbacpsp.cli.judged import Judged
from rbacpsp.cli.spelling import binding_text
from rbacpsp.psp import Considered
from rbacpsp.psp.compare import Relation, compare, compare_fields
from rbacpsp.report.answer import Table
from rbacpsp.report.escape import line
from rbacpsp.report.table import columns

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_VERDICTS = {"unchanged": "admits it unchanged", "changed": "admits it, changed", "refused": "refuses it"}
_WOULD = {
    "unchanged": "would admit it unchanged",
    "changed": "would admit it, changed",
    "refused": "would refuse it",
}


def admission_text(judged: Judged, cluster: "Cluster") -> str:
    """The whole explanation, its last newline included; names are harmless for a terminal."""
    return "".join(f"{text}\n" for part in _parts(judged, cluster) for text in part)


def _parts(judged: Judged, cluster: "Cluster") -> Iterator[list[str]]:
    admission = judged.admission
    yield [line(_headline(judged))]
    if admission.asked:
        yield [line(f"asked: {', then '.join(user.name for user in admission.asked)}")]
    if judged.words:
        yield [line(judged.words)]
    if admission.not_judged:
        yield [line(f"{admission.not_judged}.")]
    if admission.considered:
        rows = [_row(name, considered) for name, considered in admission.considered.items()]
        table = Table(("policy", "usable by", "through", "verdict"), rows)
        yield ["", *columns(table).splitlines()]
    yield from _errors(judged)
    if admission.policy:
        yield from _winner(judged, admission.policy, cluster)
    elif admission.considered and not any(each.usable for each in admission.considered.values()):
        yield ["", "Nobody who was asked may use any policy, so that none had anything to say: []"]


def _headline(judged: Judged) -> str:
    admission = judged.admission
    what = "its pods are" if judged.made.kind != "Pod" else "it is"
    if not admission.allowed:
        verdict = "refused"
    elif admission.policy:
        verdict = f"admitted by {admission.policy}"
    else:
        verdict = "admitted, no policy is asked"
    return f"{judged.title} in {judged.namespace}: {what} {verdict}"


def _row(name: str, considered: Considered) -> tuple[str, str, str, str]:
    users = ", ".join(user.name for user in considered.usable_by) or "<none>"
    bindings = sorted({binding_text(grant.binding) for grant in considered.grants})
    through = ", ".join(bindings) or ("group system:masters" if considered.usable else "")
    return name, users, through, verdict_text(considered)


def verdict_text(considered: Considered) -> str:
    """What a policy does with a pod, or would do if it could be used."""
    return considered.problem or (_VERDICTS if considered.usable else _WOULD)[considered.verdict]


def refusals(considered: Mapping[str, Considered]) -> Iterator[list[str]]:
    """Why policies refuse a pod; those that say the same of it are named together."""
    groups: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    for name, each in considered.items():
        if each.errors:
            groups.setdefault((each.usable, tuple(map(str, each.errors))), []).append(name)
    for (usable, errors), names in groups.items():
        verb = ("refuses" if len(names) == 1 else "refuse") if usable else "would refuse"
        *most, last = names
        who = f"{', '.join(most)} and {last}" if most else last
        yield [line(f"{who} {verb} it:"), *(f"  {line(error)}" for error in errors)]


def _errors(judged: Judged) -> Iterator[list[str]]:
    considered = judged.admission.considered
    shown = {name: each for name, each in considered.items() if each.usable or not judged.admission.allowed}
    for text in refusals(shown):
        yield ["", *text]


def _winner(judged: Judged, winner: str, cluster: "Cluster") -> Iterator[list[str]]:
    considered = judged.admission.considered
    if winner not in considered:
        return
    usable = [name for name, each in considered.items() if each.usable and each.verdict != "refused"]
    if considered[winner].verdict == "changed":
        others = len(usable) > 1
        reason = "it is the first by name that admits it, and none leaves it unchanged" if others else ""
        yield ["", line(f"{winner} wins: {reason or 'it is the only one usable that admits it'}. It sets:")]
        yield [
            f"  {line(change.path)}: {_value(change.before)} -> {_value(change.after)}"
            for change in considered[winner].diff
        ]
        return
    reason = "it is the first by name that leaves the pod unchanged"
    if len(usable) == 1:
        reason = "it is the only one usable that admits it, and leaves the pod unchanged"
    yield ["", line(f"{winner} wins: {reason}.")]
    for earlier in usable[: usable.index(winner)]:
        yield [line(f"{earlier} comes before it by name and admits the pod too, but would change it.")]
        yield from _laxer(winner, earlier, cluster)


def _laxer(winner: str, earlier: str, cluster: "Cluster") -> Iterator[list[str]]:
    policies = cluster.objects.policies
    relation = compare(policies[winner], policies[earlier])
    if relation not in {Relation.LAXER, Relation.INCOMPARABLE}:
        return
    rows = [
        f"  {row.field}: {row.first} instead of {row.second}"
        for row in compare_fields(policies[winner], policies[earlier])
        if row.relation in {Relation.LAXER, Relation.INCOMPARABLE}
    ]
    how = "It is laxer" if relation is Relation.LAXER else "It is laxer in part"
    yield [line(f"{how}, and wins only because it changes nothing:"), *map(line, rows)]


def _value(value: Any) -> str:
    return "(absent)" if value is None else line(json.dumps(value, ensure_ascii=False))

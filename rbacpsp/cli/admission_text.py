"""An admission as text: the server's answer, the policies that were tried, and why one won."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rbacpsp.cli.pod_verdicts import PolicyVerdict
from rbacpsp.cli.spelling import binding_text
from rbacpsp.model.psp import PodSecurityPolicy
from rbacpsp.model.result import enumerated
from rbacpsp.psp import Admission, Change, Considered
from rbacpsp.psp.compare import Relation, compare, compare_fields
from rbacpsp.report.answer import Table
from rbacpsp.report.escape import line
from rbacpsp.report.table import columns

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

NOBODY_MAY = "None of the users asked can use any policy, so the list of errors is empty: []"
_VERDICTS = {"unchanged": "admits it unchanged", "changed": "admits it, changed", "refused": "refuses it"}
_WOULD = {
    "unchanged": "would admit it unchanged",
    "changed": "would admit it, changed",
    "refused": "would refuse it",
}


def admission_text(judged: PolicyVerdict, cluster: "Cluster") -> str:
    """The complete explanation with its last newline; names are escaped for a terminal."""
    return "".join(f"{text}\n" for part in _parts(judged, cluster) for text in part)


def _parts(judged: PolicyVerdict, cluster: "Cluster") -> Iterator[list[str]]:
    admission = judged.admission
    yield [line(_headline(judged))]
    if admission.asked:
        yield [line(asked_words(admission))]
    if judged.words:
        yield [line(judged.words)]
    yield from explanation_lines(admission, cluster.objects.policies)


def explanation_lines(
    admission: Admission, policies: Mapping[str, PodSecurityPolicy] | None = None
) -> Iterator[list[str]]:
    """The policies that were tried, their verdicts, and why one won; names are escaped for a terminal.

    Args:
        admission: The server's decision.
        policies: The policies of the cluster, to compare the winner with the policies before it.
    """
    if admission.not_judged:
        yield [line(f"{admission.not_judged}.")]
    if admission.considered:
        yield ["", *columns(considered_table(admission.considered)).splitlines()]
    yield from _errors(admission)
    if admission.invalid_by:
        yield from _made_invalid(admission, admission.invalid_by)
    elif admission.policy:
        yield from _winner(admission, admission.policy, policies or {})
    elif admission.considered and not any(considered.usable for considered in admission.considered.values()):
        yield ["", NOBODY_MAY]


def considered_table(considered: Mapping[str, Considered]) -> Table:
    """A row for each policy."""
    rows = [_row(name, policy_result) for name, policy_result in considered.items()]
    return Table(("policy", "usable by", "through", "verdict"), rows)


def asked_words(admission: Admission) -> str:
    """The users whose permission to use policies was checked."""
    return f"asked: {', then '.join(user.name for user in admission.asked)}"


def verdict_words(admission: Admission) -> str:
    """The answer in a few words."""
    if not admission.allowed:
        return "refused"
    return f"admitted by {admission.policy}" if admission.policy else "admitted, no policy is consulted"


def _headline(judged: PolicyVerdict) -> str:
    what = "its pods are" if judged.made.kind != "Pod" else "it is"
    return f"{judged.title} in {judged.namespace}: {what} {verdict_words(judged.admission)}"


def _row(name: str, considered: Considered) -> tuple[str, str, str, str]:
    users = ", ".join(user.name for user in considered.usable_by) or "<none>"
    bindings = sorted({binding_text(grant.binding) for grant in considered.grants})
    through = ", ".join(bindings) or ("group system:masters" if considered.usable else "")
    return name, users, through, verdict_text(considered)


def verdict_text(considered: Considered) -> str:
    """The verdict of a policy on a pod, or the verdict that it would give if it could be used."""
    return considered.problem or (_VERDICTS if considered.usable else _WOULD)[considered.verdict]


def refusal_lines(considered: Mapping[str, Considered]) -> Iterator[list[str]]:
    """Why policies refuse a pod; policies with the same errors are named together."""
    groups: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    for name, policy_result in considered.items():
        if policy_result.errors:
            groups.setdefault((policy_result.usable, tuple(map(str, policy_result.errors))), []).append(name)
    for (usable, errors), names in groups.items():
        verb = ("refuses" if len(names) == 1 else "refuse") if usable else "would refuse"
        yield [line(f"{enumerated(names)} {verb} it:"), *(f"  {line(error)}" for error in errors)]


def _errors(admission: Admission) -> Iterator[list[str]]:
    considered = admission.considered
    refusing = {
        name: policy_result
        for name, policy_result in considered.items()
        if policy_result.usable or not admission.allowed
    }
    for text in refusal_lines(refusing):
        yield ["", *text]


def _winner(
    admission: Admission, winner: str, policies: Mapping[str, PodSecurityPolicy]
) -> Iterator[list[str]]:
    considered = admission.considered
    if winner not in considered:
        return
    usable = [
        name
        for name, policy_result in considered.items()
        if policy_result.usable and policy_result.verdict != "refused"
    ]
    if considered[winner].verdict == "changed":
        others = len(usable) > 1
        reason = (
            "it is the first by name that admits the pod, and no policy leaves it unchanged" if others else ""
        )
        yield [
            "",
            line(f"{winner} wins: {reason or 'it is the only usable policy that admits it'}. It sets:"),
        ]
        yield [_change(change) for change in considered[winner].diff]
        return
    reason = "it is the first by name that leaves the pod unchanged"
    if len(usable) == 1:
        reason = "it is the only usable policy that admits it, and leaves the pod unchanged"
    yield ["", line(f"{winner} wins: {reason}.")]
    for earlier in usable[: usable.index(winner)]:
        yield [line(f"{earlier} comes before it by name and admits the pod too, but would change it.")]
        yield from _laxer(winner, earlier, policies)


def _made_invalid(admission: Admission, policy: str) -> Iterator[list[str]]:
    """Says that validation refuses a pod that a policy admits, since it runs after the policies."""
    changes = admission.considered[policy].diff
    if not changes:
        yield ["", line(f"{policy} admits it, and the API server then refuses the pod itself as invalid.")]
        return
    yield [
        "",
        line(f"{policy} admits it, and the API server then refuses the pod as invalid. {policy} sets:"),
    ]
    yield [_change(change) for change in changes]


def _change(change: Change) -> str:
    return f"  {line(change.path)}: {_value(change.before)} -> {_value(change.after)}"


def _laxer(winner: str, earlier: str, policies: Mapping[str, PodSecurityPolicy]) -> Iterator[list[str]]:
    if not {winner, earlier} <= policies.keys():
        return
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

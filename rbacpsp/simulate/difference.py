"""The effect of a change on the workloads of a cluster: compares two simulations."""

from dataclasses import dataclass
from enum import StrEnum

from rbacpsp.pods.changes import diff
from rbacpsp.pods.shape import view_of
from rbacpsp.psp import Change
from rbacpsp.psp.admission import VALIDATED_ANNOTATION
from rbacpsp.scc.answer import SUBJECT_TYPE_ANNOTATION
from rbacpsp.scc.answer import VALIDATED_ANNOTATION as VALIDATED_SCC_ANNOTATION
from rbacpsp.simulate.row import Row
from rbacpsp.simulate.simulation import Simulation

_RECORDS = frozenset(
    f"metadata.annotations[{record}]"
    for record in (VALIDATED_ANNOTATION, VALIDATED_SCC_ANNOTATION, SUBJECT_TYPE_ANNOTATION)
)
_FILLED_IN = ("metadata.annotations", "spec.")


class Effect(StrEnum):
    """The effects of a change on a row, the worst first."""

    REFUSED = "becomes refused"
    REASON = "is refused for another reason"
    POLICY = "gets another policy"
    FIELDS = "gets other fields"
    NEW = "is new, and admitted"
    ADMITTED = "becomes admitted"
    GONE = "is gone"


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that differs after a change."""

    before: Row | None
    """None for a new row."""
    after: Row | None
    """None for a row that is gone."""
    effect: Effect
    fields: tuple[Change, ...]
    """The fields of its stored pods that differ; empty if the pods are refused before or after."""

    @property
    def row(self) -> Row:
        """The row after the change, or before it if the row is gone."""
        row = self.after or self.before
        if row is None:
            raise ValueError("a difference has a row on one side at least")
        return row


def differences(before: Simulation, after: Simulation) -> tuple[RowDifference, ...]:
    """Every row that differs: the worst effects first, then by namespace, kind and name."""
    old, new = ({row.key: row for row in simulation} for simulation in (before, after))
    row_differences = (_difference(old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys()))
    order = list(Effect)
    return tuple(sorted(filter(None, row_differences), key=lambda difference: order.index(difference.effect)))


def _difference(before: Row | None, after: Row | None) -> RowDifference | None:
    if before is None or after is None:
        effect = Effect.GONE if after is None else Effect.REFUSED if after.refused else Effect.NEW
        return RowDifference(before, after, effect, ())
    if after.refused:
        if not before.refused:
            return RowDifference(before, after, Effect.REFUSED, ())
        same = after.message == before.message
        return None if same else RowDifference(before, after, Effect.REASON, ())
    if before.refused:
        return RowDifference(before, after, Effect.ADMITTED, ())
    fields = _fields(before, after)
    if before.policies != after.policies:
        return RowDifference(before, after, Effect.POLICY, fields)
    return RowDifference(before, after, Effect.FIELDS, fields) if fields else None


def _fields(before: Row, after: Row) -> tuple[Change, ...]:
    """The fields of the stored pods that differ, except for the record of the policy and for names."""
    old, new = before.ruling.admission.pod, after.ruling.admission.pod
    if old is None or new is None or old == new:
        return ()
    changes = diff(view_of(old), view_of(new))
    return tuple(
        change for change in changes if change.path.startswith(_FILLED_IN) and change.path not in _RECORDS
    )

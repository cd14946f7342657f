"""The verdicts of policies, or security context constraints, on pods, as tables.

Equal verdicts are written once.
"""

import json
from typing import Any

from rbacpsp.page.access import AccessTables
from rbacpsp.page.numbers import Numbers
from rbacpsp.psp import Considered
from rbacpsp.scc import SCCAdmission
from rbacpsp.scc.attempts import Considered as Constraint
from rbacpsp.simulate import Row
from rbacpsp.simulate.constraints import ConstraintAdmission
from rbacpsp.simulate.row import RuledPods


class Rulings:
    """Collects the rulings of simulations."""

    def __init__(self, access: AccessTables) -> None:
        self._access = access
        self._decisions: Numbers[str] = Numbers()
        self._known: dict[tuple[Any, ...], tuple[int, Considered]] = {}
        """The number of each decision by its parts; the verdict is kept because the key contains its id."""

    def of(self, row: Row) -> list[Any]:
        """The pods of a row by their ruling."""
        return [self._part(part) for part in row.parts]

    def document(self) -> list[Any]:
        """The distinct decisions, in the order of their numbers."""
        return [json.loads(decision) for decision in self._decisions.items]

    def _part(self, part: RuledPods) -> list[Any]:
        ruling = part.ruling
        admission = ruling.admission
        answer = admission.answer if isinstance(admission, ConstraintAdmission) else None
        if answer is None:
            considered = [self._policy(name, verdict) for name, verdict in admission.considered.items()]
        else:
            considered = [self._constraint(name, verdict) for name, verdict in answer.considered.items()]
        message = admission.message or ""
        if part.pods and message:
            message = ruling.message_for(part.pods[0].name) or ""
        return [
            admission.policy or "",
            message,
            len(part.pods),
            [[name, count] for name, count in sorted(part.recorded.items())],
            considered,
            [user.name for user in admission.asked],
            admission.invalid_by or "",
            admission.not_judged or "",
            *([] if answer is None else [_subject_type(answer)]),
        ]

    def _policy(self, name: str, considered: Considered) -> int:
        """The number of a policy's decision; equal pods share the objects of changes and errors."""
        grants = self._grants(considered)
        users = tuple([user.name for user in considered.usable_by])
        key = (name, users, grants, considered.verdict, id(considered.diff), id(considered.errors))
        known = self._known.get(key)
        if known is None:
            number = self._decisions.of(json.dumps(self._row(name, considered, considered.problem)))
            known = self._known[key] = (number, considered)
        return known[0]

    def _constraint(self, name: str, considered: Constraint) -> int:
        row = [*self._row(name, considered, ""), list(considered.listed)]
        return self._decisions.of(json.dumps(row))

    def _row(self, name: str, considered: Considered | Constraint, problem: str) -> list[Any]:
        return [
            name,
            [user.name for user in considered.usable_by],
            self._grants(considered),
            considered.verdict,
            [[change.path, _value(change.before), _value(change.after)] for change in considered.diff],
            [str(error) for error in considered.errors],
            problem,
        ]

    def _grants(self, considered: Considered | Constraint) -> tuple[tuple[int, int], ...]:
        return tuple([(self._access.binding(grant.binding), grant.rule_index) for grant in considered.grants])


def _subject_type(answer: SCCAdmission) -> str:
    """Who may use the constraints that admit the pod; empty if none admit it."""
    return "" if answer.not_judged or not answer.scc else answer.subject_type or ""


def _value(value: Any) -> str:
    return "" if value is None else json.dumps(value, sort_keys=True, default=str)

"""Finds workloads with another verdict in two states: another policy, a changed pod, a refusal.

A new or removed workload is not a change of admission, unless it is new and refused. Source of the verdicts:
`rbacpsp.simulate` for PodSecurityPolicy, the enforced level of the namespace for Pod Security.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from msgspec import Struct

from rbacpsp.model.result import counts
from rbacpsp.psp import Change
from rbacpsp.psp.versions import REMOVED
from rbacpsp.simulate import Effect, Row, Simulation, differences
from rbacpsp.simulate.levels import Enforcing, level_verdicts
from rbacpsp.simulate.verdict import AdmissionVerdict, Key

POLICY = "PodSecurityPolicy"
LEVEL = "PodSecurity"
_COUNT = frozenset({Effect.REFUSED, Effect.REASON, Effect.POLICY, Effect.FIELDS, Effect.ADMITTED})


class Admitting(Enforcing, Protocol):
    """A state in which pods are admitted or refused."""

    def simulate(self) -> Simulation:
        """The verdict of policies on every workload."""


class AdmissionChange(Struct, frozen=True):
    """A workload, or a pod without one, on which the verdict of a plugin differs."""

    plugin: str
    """`PodSecurityPolicy` or `PodSecurity`."""
    namespace: str
    kind: str
    name: str
    effect: Effect
    before: AdmissionVerdict | None
    """None for a new workload."""
    after: AdmissionVerdict
    fields: tuple[Change, ...] = ()
    """The fields that differ in its stored pods; empty if they are refused before or after."""

    @property
    def key(self) -> Key:
        """(namespace, kind, name)."""
        return (self.namespace, self.kind, self.name)


class AdmissionDifference(Struct, frozen=True):
    """The workloads whose verdict changes, the worst effects first; false if no verdict changes."""

    changes: tuple[AdmissionChange, ...]
    not_compared: tuple[str, ...] = ()
    """Sentences about what could not be compared, and why."""

    def __repr__(self) -> str:
        return counts(self, "changes", "not_compared")

    def __bool__(self) -> bool:
        return bool(self.changes)


def admission_difference(old: Admitting, new: Admitting) -> AdmissionDifference:
    """Compare the verdicts on every workload, and on every pod without one.

    Raises:
        ValueError: A server would not accept an object.
    """
    changes = [*_by_level(level_verdicts(old), level_verdicts(new))]
    notes: tuple[str, ...] = ()
    with_policies = [_has_policies(state) for state in (old, new)]
    if all(with_policies) and (old.objects.policies or new.objects.policies):
        changes += _by_policy(old, new)
    elif any(with_policies) and (old.objects.policies or new.objects.policies):
        state_without, word = (old, "old") if with_policies[1] else (new, "new")
        reason_words = f"the {word} state is of Kubernetes {state_without.kubernetes_version}, which has none"
        notes = (f"{POLICY} is not compared: {reason_words} (it was removed in {REMOVED})",)
    order = list(Effect)
    changes.sort(key=lambda change: (order.index(change.effect), change.key, change.plugin))
    return AdmissionDifference(tuple(changes), notes)


def _has_policies(state: Admitting) -> bool:
    """Whether the server of a state may enforce policies."""
    return state.kubernetes_version < REMOVED


def _by_policy(old: Admitting, new: Admitting) -> Iterator[AdmissionChange]:
    for difference in differences(old.simulate(), new.simulate()):
        if difference.effect in _COUNT and difference.after is not None:
            row = difference.row
            yield AdmissionChange(
                POLICY,
                row.namespace,
                row.kind,
                row.name,
                difference.effect,
                None if difference.before is None else _verdict(difference.before),
                _verdict(difference.after),
                difference.fields,
            )


def _verdict(row: Row) -> AdmissionVerdict:
    return AdmissionVerdict(", ".join(row.policies), (row.message or "refused") if row.refused else "")


def _by_level(
    old: Mapping[Key, AdmissionVerdict], new: Mapping[Key, AdmissionVerdict]
) -> Iterator[AdmissionChange]:
    for key, after in sorted(new.items()):
        before = old.get(key)
        effect = _effect(before, after)
        if effect is not None:
            yield AdmissionChange(LEVEL, *key, effect, before, after)


def _effect(before: AdmissionVerdict | None, after: AdmissionVerdict) -> Effect | None:
    if after.allowed:
        return None if before is None or before.allowed else Effect.ADMITTED
    if before is None or before.allowed:
        return Effect.REFUSED
    return None if before == after else Effect.REASON

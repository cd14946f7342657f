"""Evaluates pods under policies; pods that are equal in all fields that a policy reads are evaluated once.

A policy reads a pod's spec, except for the name of its service account, and the annotations about seccomp and
AppArmor. It fills in the same fields of two pods that are equal in these, and refuses both for the same
reasons.
"""

from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from rbacpsp.model.meta import ObjectMeta
from rbacpsp.model.pod import Pod
from rbacpsp.pods.changes import Change, diff
from rbacpsp.pods.seccomp import CONTAINER_PREFIX as SECCOMP_PREFIX
from rbacpsp.pods.seccomp import POD_KEY
from rbacpsp.psp.errors import FieldError
from rbacpsp.psp.mutate import mutate
from rbacpsp.psp.rules import PSPRules
from rbacpsp.psp.strategies.apparmor import CONTAINER_PREFIX as APPARMOR_PREFIX
from rbacpsp.psp.validate import validate

MOST = 4096
"""How many different pods the cache holds."""
_RELEVANT_PREFIXES = (POD_KEY, SECCOMP_PREFIX, APPARMOR_PREFIX)
"""The prefixes of the annotations that policies read."""


class PSPOutcome(NamedTuple):
    """The result of a policy for a pod."""

    pod: Pod
    """The pod with the fields that the policy filled in; the same object if there are none."""
    changed: bool
    errors: tuple[FieldError, ...]


def outcome_of(rules: PSPRules, pod: Pod) -> PSPOutcome:
    """Let a policy fill in a pod and validate it."""
    after = mutate(rules, pod)
    return PSPOutcome(after, after is not pod, tuple(validate(rules, after)))


class EvaluatedPod:
    """The common part of equal pods, and the result of each policy for it, computed on first use."""

    def __init__(self, pod: Pod) -> None:
        self.pod = pod
        """The parts of the pods that a policy reads."""
        self._outcomes: dict[str, PSPOutcome] = {}
        self._diffs: dict[str, tuple[Change, ...]] = {}

    def outcome(self, rules: PSPRules) -> PSPOutcome:
        """The result of a policy for the pods."""
        outcome = self._outcomes.get(rules.name)
        if outcome is None:
            outcome = self._outcomes[rules.name] = outcome_of(rules, self.pod)
        return outcome

    def diff(self, rules: PSPRules) -> tuple[Change, ...]:
        """The fields that a policy fills in."""
        changes = self._diffs.get(rules.name)
        if changes is None:
            changes = self._diffs[rules.name] = diff(self.pod, self.outcome(rules).pod)
        return changes


class Outcomes:
    """Caches the results of the policies of one cluster."""

    def __init__(self) -> None:
        self._known: dict[bytes, EvaluatedPod] = {}

    def of(self, pod: Pod) -> EvaluatedPod:
        """The cached results for all pods that equal this one in the fields that a policy reads."""
        read = relevant_pod(pod)
        key = msgspec.msgpack.encode(read)
        outcomes = self._known.get(key)
        if outcomes is None:
            if len(self._known) >= MOST:
                self._known.clear()
            outcomes = self._known[key] = EvaluatedPod(read)
        return outcomes


def relevant_pod(pod: Pod) -> Pod:
    """The parts of a pod that a policy reads."""
    annotations = {
        key: text for key, text in pod.metadata.annotations.items() if key.startswith(_RELEVANT_PREFIXES)
    }
    return Pod(ObjectMeta(annotations=annotations), replace(pod.spec, service_account_name=""))

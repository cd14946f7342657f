"""What policies do with pods: pods that are equal in all that a policy reads are judged once.

A policy reads a pod's spec, but for the name of its service account, and the annotations about seccomp and
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
"""How many different pods are remembered at once."""
_RELEVANT_PREFIXES = (POD_KEY, SECCOMP_PREFIX, APPARMOR_PREFIX)
"""How the annotations begin that policies read."""


class PSPOutcome(NamedTuple):
    """What a policy does with a pod."""

    pod: Pod
    """The pod with what the policy filled in; the same object when that is nothing."""
    changed: bool
    errors: tuple[FieldError, ...]


def outcome_of(rules: PSPRules, pod: Pod) -> PSPOutcome:
    """Let a policy fill in a pod and validate it."""
    after = mutate(rules, pod)
    return PSPOutcome(after, after is not pod and after != pod, tuple(validate(rules, after)))


class EvaluatedPod:
    """What is equal in some pods, and what each policy does with it, worked out when it is first asked."""

    def __init__(self, pod: Pod) -> None:
        self.pod = pod
        """As much of the pods as a policy reads."""
        self._outcomes: dict[str, PSPOutcome] = {}
        self._diffs: dict[str, tuple[Change, ...]] = {}

    def outcome(self, rules: PSPRules) -> PSPOutcome:
        """What a policy does with the pods."""
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
    """Remembers what the policies of one cluster do with pods."""

    def __init__(self) -> None:
        self._known: dict[bytes, EvaluatedPod] = {}

    def of(self, pod: Pod) -> EvaluatedPod:
        """What is known of all pods that are equal to this one in what a policy reads."""
        read = relevant_pod(pod)
        key = msgspec.msgpack.encode(read)
        outcomes = self._known.get(key)
        if outcomes is None:
            if len(self._known) >= MOST:
                self._known.clear()
            outcomes = self._known[key] = EvaluatedPod(read)
        return outcomes


def relevant_pod(pod: Pod) -> Pod:
    """As much of a pod as a policy reads."""
    annotations = {
        key: text for key, text in pod.metadata.annotations.items() if key.startswith(_RELEVANT_PREFIXES)
    }
    return Pod(ObjectMeta(annotations=annotations), replace(pod.spec, service_account_name=""))

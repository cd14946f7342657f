"""`pod` and `workload`: which policy admits them, whether they are refused, which level they meet."""

from dataclasses import dataclass

from rbacpsp.assertions.outcome import AssertionOutcome, CannotBeAskedError, DemandFailure
from rbacpsp.assertions.pods import ObjectVerdict, given_verdicts, workload_verdicts
from rbacpsp.assertions.resolve import Asking, Who
from rbacpsp.model import Identity, User
from rbacpsp.model.json import JSONObject
from rbacpsp.pss import LevelVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Pods:
    """The pods of an assertion: of objects in a file, or of a workload of the cluster."""

    objects: tuple[JSONObject, ...] = ()
    """Pods and workloads, as they would be applied."""
    workload: Identity | None = None
    """(kind, namespace, name) of a workload, or of a pod, of the cluster; instead of objects."""
    creator: Who | None = None
    """Who creates the pods; None: the controller of a workload, and for a pod only its service account."""

    def verdicts(self, asking: Asking) -> tuple[ObjectVerdict, ...]:
        """The verdicts of the server's plugins on each.

        Raises:
            CannotBeAskedError: There is no such workload, namespace, account or creator.
        """
        if self.workload is not None:
            return workload_verdicts(asking, self.workload)
        return given_verdicts(asking, self.objects, self._user(asking))

    def _user(self, asking: Asking) -> User | None:
        if self.creator is None:
            return None
        doubts: list[str] = []
        askers = asking.askers(self.creator, doubts)
        if doubts or len(askers) != 1:
            raise CannotBeAskedError(doubts[0] if doubts else "as means several subjects: name one")
        return askers[0].user


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedBy:
    """Requires that a policy admits the pods."""

    pods: Pods
    policy: str

    def judge(self, asking: Asking) -> AssertionOutcome:
        """Find the policy that admits the pods."""
        if not asking.has_policies:
            raise CannotBeAskedError("the server enforces no PodSecurityPolicy: there is none")
        if self.policy not in asking.objects.policies:
            raise CannotBeAskedError(f'there is no policy "{self.policy}"')
        outcome = AssertionOutcome()
        for verdict in self.pods.verdicts(asking):
            if verdict.policies != (self.policy,):
                actual = verdict.message or f"{', '.join(verdict.policies)} admits it"
                outcome.failures.append(
                    DemandFailure(
                        f"{verdict.title} is not admitted by {self.policy}: {actual}", verdict.grants
                    )
                )
        return outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Requires that PodSecurityPolicy or Pod Security refuses the pods, or that neither does."""

    pods: Pods
    refused: bool

    def judge(self, asking: Asking) -> AssertionOutcome:
        """Evaluate both plugins."""
        outcome = AssertionOutcome()
        for verdict in self.pods.verdicts(asking):
            if self.refused and not verdict.message:
                policy_words = f" by {', '.join(verdict.policies)}" if verdict.policies else ""
                outcome.failures.append(
                    DemandFailure(f"{verdict.title} is admitted{policy_words}", verdict.grants)
                )
            elif not self.refused and verdict.message:
                outcome.failures.append(DemandFailure(f"{verdict.title} is refused: {verdict.message}"))
        return outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetsLevel:
    """Requires that pods meet a level of the Pod Security Standards, whatever their namespace enforces."""

    pods: Pods
    level: LevelVersion

    def judge(self, asking: Asking) -> AssertionOutcome:
        """Check them against the level."""
        outcome = AssertionOutcome()
        for verdict in self.pods.verdicts(asking):
            failures = verdict.failures(self.level)
            if failures:
                outcome.failures.append(DemandFailure(f"{verdict.title} violates {self.level}: {failures}"))
        return outcome

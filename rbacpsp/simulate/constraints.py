"""Simulates a cluster with security context constraints instead of policies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rbacpsp.catalog import Account
from rbacpsp.model import Objects, User, Version
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.model.request import AdmissionRequest
from rbacpsp.psp import Admission, Considered
from rbacpsp.rbac import Authorizer
from rbacpsp.scc import SCCAdmission, SCCAdmitter
from rbacpsp.scc.answer import VALIDATED_ANNOTATION
from rbacpsp.simulate.simulation import Simulation


@dataclass(frozen=True, slots=True)
class ConstraintAdmission(Admission):
    """The answer of constraints to a pod, in the form of a policy's answer."""

    answer: SCCAdmission | None = None
    """The complete answer."""


class ConstraintPlugin:
    """Constraints that answer in the form of policies."""

    def __init__(self, admitter: SCCAdmitter) -> None:
        self._admitter = admitter

    @property
    def version(self) -> Version:
        """The Kubernetes version of the server."""
        return self._admitter.version

    def admit(self, pod: JSONObject, request: AdmissionRequest) -> ConstraintAdmission:
        """Whether the server would accept a pod, and the pod as it would be stored.

        Raises:
            ValueError: The object is not a pod, a field has the wrong type, or the operation is unknown.
        """
        answer = self._admitter.admit(pod, request)
        return ConstraintAdmission(
            allowed=answer.allowed,
            policy=None if answer.not_judged else answer.scc,
            pod=answer.pod,
            message=answer.message,
            considered=_Considered(answer),
            asked=answer.asked,
            not_judged=answer.not_judged,
            invalid_by=answer.invalid_by,
            answer=answer,
        )


class _Considered(Mapping[str, Considered]):
    """The verdict of each of the constraints; computed when it is first read."""

    def __init__(self, answer: SCCAdmission) -> None:
        self._answer = answer

    def __reduce__(self) -> tuple[Any, ...]:
        return (FrozenDict, (dict(self),))

    def __getitem__(self, name: str) -> Considered:
        considered = self._answer.considered[name]
        return Considered(
            considered.usable_by, considered.grants, considered.verdict, considered.diff, considered.errors
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._answer.considered)

    def __len__(self) -> int:
        return len(self._answer.considered)


def simulate_constraints(
    objects: Objects,
    authorizer: Authorizer,
    admitter: SCCAdmitter,
    controllers: Mapping[str, Account],
    *,
    user: User | None = None,
    shared_controllers: bool | None = None,
) -> Simulation:
    """The constraints that the pods of every workload would get now, compared with the recorded ones."""
    return Simulation(
        objects,
        authorizer,
        ConstraintPlugin(admitter),
        controllers,
        user=user,
        shared_controllers=shared_controllers,
        record=VALIDATED_ANNOTATION,
    )

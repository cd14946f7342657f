"""CEL for "a usable policy admits the pod", where the grants are written down or everyone has them."""

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from rbacpsp.migration.cel.grants import Askers
from rbacpsp.migration.cel.policies import Demand, may_use, takes_and_why
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.migration.cel.variables import Variables, identifiers
from rbacpsp.migration.labels import MOST_OF_A_MESSAGE, REFUSED
from rbacpsp.migration.task import Task


class AdmissionExpressions(NamedTuple):
    """What pods are judged by."""

    variables: Variables
    admitted: str
    """Whether some policy admits the pod."""
    message: str
    """Why none does, as a text."""


class _Policy(Struct, frozen=True):
    """One policy in terms of variables."""

    takes: str
    may_use: str
    why: str
    """A text: which fields it refuses, or that only `use` is missing."""

    @property
    def admits(self) -> str:
        """Whether it takes the pod, and may be used: the rules come first, since they cost little."""
        return all_of(each for each in (self.takes, self.may_use) if each != "true")


def alternatives(task: Task, demand: Demand, askers: Callable[[Variables], Askers]) -> AdmissionExpressions:
    """Whether some policy that may be used takes a pod, and the message where none does."""
    variables = Variables()
    who = askers(variables) if task.scope != "all" else None
    names = identifiers(policy.name for policy in task.policies)
    policies = []
    for policy in task.policies:
        identifier = names[policy.name]
        usable = may_use(variables, identifier, task.accesses[policy.name], who)
        takes, why = takes_and_why(variables, policy, identifier, demand)
        policies.append(_Policy(takes, usable, why))
    reasons = ", ".join(policy.why for policy in policies)
    whole = variables.set("refusal", f"{literal(f'{REFUSED}: ')} + [{reasons}].join('; ')")
    message = f"{whole}.size() > {MOST_OF_A_MESSAGE} ? {whole}.substring(0, {MOST_OF_A_MESSAGE}) : {whole}"
    return AdmissionExpressions(variables, any_of(policy.admits for policy in policies), message)

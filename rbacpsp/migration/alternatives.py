"""CEL for "a usable policy admits the pod", for the scopes `namespaces` and `all`."""

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from rbacpsp.migration.cel.grants import Requesters
from rbacpsp.migration.cel.policies import Demand, may_use, takes_and_why
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.migration.cel.variables import Variables, identifiers
from rbacpsp.migration.labels import MOST_OF_A_MESSAGE, REFUSED
from rbacpsp.migration.task import MigrationTask


class AdmissionExpressions(NamedTuple):
    """The CEL that decides whether a pod is admitted."""

    variables: Variables
    admitted: str
    """Whether some policy admits the pod."""
    message: str
    """A CEL string: why no policy admits the pod."""


class _Policy(Struct, frozen=True):
    """One policy in terms of variables."""

    takes: str
    may_use: str
    why: str
    """A text: which fields it refuses, or that only `use` is missing."""

    @property
    def admits(self) -> str:
        """Whether it takes the pod, and may be used: the rules come first, since they cost little."""
        return all_of(condition for condition in (self.takes, self.may_use) if condition != "true")


def alternatives(
    task: MigrationTask, demand: Demand, requesters: Callable[[Variables], Requesters]
) -> AdmissionExpressions:
    """Whether a policy that may be used admits a pod, and the message if none does."""
    variables = Variables()
    identities = requesters(variables) if task.scope != "all" else None
    names = identifiers(policy.name for policy in task.policies)
    policies = []
    for policy in task.policies:
        identifier = names[policy.name]
        usable = may_use(variables, identifier, task.accesses[policy.name], identities)
        takes, why = takes_and_why(variables, policy, identifier, demand)
        policies.append(_Policy(takes, usable, why))
    reasons = ", ".join(policy.why for policy in policies)
    refusal = variables.set("refusal", f"{literal(f'{REFUSED}: ')} + [{reasons}].join('; ')")
    message = (
        f"{refusal}.size() > {MOST_OF_A_MESSAGE} ? {refusal}.substring(0, {MOST_OF_A_MESSAGE}) : {refusal}"
    )
    return AdmissionExpressions(variables, any_of(policy.admits for policy in policies), message)

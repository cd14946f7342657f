"""The ValidatingAdmissionPolicy: some policy that may be used takes the pod as it is.

That is what the plugin asked on every update, and once more before it stored a new pod. What a policy fills
in has been filled in before by the MutatingAdmissionPolicy.
"""

from collections.abc import Mapping

from msgspec import Struct

from rbacpsp.migration.access import Access
from rbacpsp.migration.cel.policies import takes_and_why
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.migration.cel.variables import Variables, identifiers
from rbacpsp.migration.controls import PolicyControls
from rbacpsp.migration.labels import JUDGED, MOST_OF_A_MESSAGE, REFUSED, VALIDATED
from rbacpsp.migration.task import Task
from rbacpsp.migration.vap.shapes import rule
from rbacpsp.migration.vap.use import CHECKS_PER_EVALUATION, checks, use
from rbacpsp.model.json import JSONObject


class _Policy(Struct, frozen=True):
    """One policy in terms of variables."""

    name: str
    takes: str
    """Whether its rules take the pod unchanged."""
    may_use: str
    why: str
    """A text: which fields it refuses, or that only `use` is missing. It must not ask the authorizer."""

    @property
    def admits(self) -> str:
        """Whether it takes the pod, and may be used: the rules come first, since they cost little."""
        return all_of(each for each in (self.takes, self.may_use) if each != "true")


def validating_spec(task: Task) -> JSONObject:
    """The spec of the ValidatingAdmissionPolicy."""
    variables = Variables()
    names = identifiers(policy.name for policy in task.policies)
    policies = [_policy(variables, each, names[each.name], task.accesses) for each in task.policies]
    admitted = _admitted(variables, task, policies)
    reasons = ", ".join(policy.why for policy in policies)
    message = f"({literal(f'{REFUSED}: ')} + [{reasons}].join('; '))"
    longest = (
        f"{message}.size() > {MOST_OF_A_MESSAGE} ? {message}.substring(0, {MOST_OF_A_MESSAGE}) : {message}"
    )
    rules = [rule(["CREATE", "UPDATE"], "pods")]
    if task.options.subresources == "all":
        rules.append(rule(["UPDATE"], "pods/ephemeralcontainers"))
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": rules},
        "matchConditions": [{"name": "more-than-owners-and-finalizers", "expression": JUDGED}],
        "variables": variables.listed([admitted]),
        "validations": [
            {
                "expression": admitted,
                "message": REFUSED,
                "messageExpression": longest,
                "reason": "Forbidden",
            }
        ],
    }


def _policy(
    variables: Variables, policy: PolicyControls, identifier: str, accesses: Mapping[str, Access]
) -> _Policy:
    takes, why = takes_and_why(variables, policy, identifier, lambda clause: clause.unchanged)
    return _Policy(policy.name, takes, use(variables, policy.name, identifier, accesses[policy.name]), why)


def _admitted(variables: Variables, task: Task, policies: list[_Policy]) -> str:
    """Whether some policy admits the pod.

    The one that the annotation names is asked first. Where asking about all could exceed the budget of an
    evaluation, a new pod is judged by that one alone: the mutating policy has just found it.
    """
    if any(policy.admits == "true" for policy in policies):
        return "true"
    noted = variables.set("noted", f"object.metadata.?annotations[?{literal(VALIDATED)}].orValue('')")
    first = any_of(f"({noted} == {literal(each.name)} && {each.admits})" for each in policies)
    every = any_of(f"({each.admits})" if " && " in each.admits else each.admits for each in policies)
    if sum(checks(access) for access in task.accesses.values()) <= CHECKS_PER_EVALUATION:
        return f"{first} || {every}" if len(policies) > 1 else every
    return f"{first} || (request.operation == 'UPDATE' && {every})"

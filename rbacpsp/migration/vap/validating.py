"""The ValidatingAdmissionPolicy: admits a pod if a policy that may be used admits it unchanged.

The plugin had the same condition for every update, and for a new pod before it was stored. The
MutatingAdmissionPolicy has set the defaults before.
"""

from collections.abc import Mapping

from msgspec import Struct

from rbacpsp.migration.access import PolicyAccess
from rbacpsp.migration.cel.policies import takes_and_why
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.migration.cel.variables import Variables, identifiers
from rbacpsp.migration.controls import PolicyControls
from rbacpsp.migration.labels import JUDGED, MOST_OF_A_MESSAGE, REFUSED, VALIDATED
from rbacpsp.migration.task import MigrationTask
from rbacpsp.migration.vap.manifests import rule
from rbacpsp.migration.vap.use import CHECKS_PER_EVALUATION, checks, use
from rbacpsp.model.json import JSONObject


class _Policy(Struct, frozen=True):
    """One policy in terms of variables."""

    name: str
    takes: str
    """Whether its rules admit the pod unchanged."""
    may_use: str
    why: str
    """A CEL string: the fields that it refuses, or that only `use` is missing. It cannot call the
    authorizer."""

    @property
    def admits(self) -> str:
        """Whether it admits the pod, and may be used: the rules come first, since they cost little."""
        return all_of(condition for condition in (self.takes, self.may_use) if condition != "true")


def validating_spec(task: MigrationTask) -> JSONObject:
    """The spec of the ValidatingAdmissionPolicy."""
    variables = Variables()
    names = identifiers(policy.name for policy in task.policies)
    policies = [_policy(variables, policy, names[policy.name], task.accesses) for policy in task.policies]
    admitted = _admitted(variables, task, policies)
    reasons = ", ".join(policy.why for policy in policies)
    message = f"({literal(f'{REFUSED}: ')} + [{reasons}].join('; '))"
    message_expression = (
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
                "messageExpression": message_expression,
                "reason": "Forbidden",
            }
        ],
    }


def _policy(
    variables: Variables, policy: PolicyControls, identifier: str, accesses: Mapping[str, PolicyAccess]
) -> _Policy:
    takes, why = takes_and_why(variables, policy, identifier, lambda clause: clause.unchanged)
    return _Policy(policy.name, takes, use(variables, policy.name, identifier, accesses[policy.name]), why)


def _admitted(variables: Variables, task: MigrationTask, policies: list[_Policy]) -> str:
    """Whether some policy admits the pod.

    The policy in the annotation is evaluated first. If authorizer checks for all policies can exceed the
    budget of an evaluation, it alone decides about a new pod: the mutating policy has just found it.
    """
    if any(policy.admits == "true" for policy in policies):
        return "true"
    noted = variables.set("noted", f"object.metadata.?annotations[?{literal(VALIDATED)}].orValue('')")
    noted_policy_admits = any_of(
        f"({noted} == {literal(policy.name)} && {policy.admits})" for policy in policies
    )
    any_policy_admits = any_of(
        f"({policy.admits})" if " && " in policy.admits else policy.admits for policy in policies
    )
    if sum(checks(access) for access in task.accesses.values()) <= CHECKS_PER_EVALUATION:
        return f"{noted_policy_admits} || {any_policy_admits}" if len(policies) > 1 else any_policy_admits
    return f"{noted_policy_admits} || (request.operation == 'UPDATE' && {any_policy_admits})"

"""The MutatingAdmissionPolicy: finds the policy that PodSecurityPolicy chooses, and sets its defaults.

Its mutations run one after another, each on the result of the previous one, and each has its own cost budget.
The first mutations choose a policy: the first by name that admits the pod unchanged, or else the first that
admits it changed. They record its name in the annotation `kubernetes.io/psp`. The others set one default
field each.

Source of the order: plugin/pkg/admission/security/podsecuritypolicy/admission.go (computeSecurityContext) and
pkg/registry/core/pod/strategy.go (PrepareForCreate), 1.24.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from rbacpsp.migration.access import PolicyAccess
from rbacpsp.migration.cel.policies import fits_and_fills
from rbacpsp.migration.cel.profiles import FIELD_WITHOUT_ANNOTATION
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.migration.cel.variables import Variables, identifiers
from rbacpsp.migration.controls import PolicyControls
from rbacpsp.migration.json_patches import POINTER, default_patches, note
from rbacpsp.migration.labels import VALIDATED
from rbacpsp.migration.task import MigrationTask
from rbacpsp.migration.vap.manifests import rule
from rbacpsp.migration.vap.use import CHECKS_PER_EVALUATION, checks, use
from rbacpsp.model.json import JSONObject

_MOST_CHOICES = 40
"""The maximum of policies among which one mutation chooses: each adds a level of nesting to its
expression."""


class _Policy(Struct, frozen=True):
    """One policy in terms of variables."""

    name: str
    fits: str
    fills: str
    may_use: str
    cost: int
    """The maximum of authorizer checks for it."""

    @property
    def takes_unchanged(self) -> str:
        """Whether it admits the pod unchanged, and may be used."""
        unfilled = "" if self.fills == "false" else f"!{self.fills}"
        return all_of(
            condition for condition in (self.fits, unfilled, self.may_use) if condition not in {"", "true"}
        )

    @property
    def takes(self) -> str:
        """Whether it admits the pod with its defaults, and may be used."""
        return all_of(condition for condition in (self.fits, self.may_use) if condition != "true")


def mutating_spec(task: MigrationTask) -> JSONObject:
    """The spec of the MutatingAdmissionPolicy."""
    variables = Variables()
    names = identifiers(policy.name for policy in task.policies)
    policies = [_policy(variables, policy, names[policy.name], task.accesses) for policy in task.policies]
    variables.set("noted", f"variables.annotations[?{literal(VALIDATED)}].orValue('')")
    expressions = [*_choices(variables, policies), *default_patches(task.policies, "variables.noted")]
    return {
        "failurePolicy": "Fail",
        "reinvocationPolicy": "IfNeeded",
        "matchConstraints": {"resourceRules": [rule(["CREATE"], "pods")]},
        "variables": variables.listed(expressions),
        "mutations": [
            {"patchType": "JSONPatch", "jsonPatch": {"expression": expression}} for expression in expressions
        ],
    }


def _policy(
    variables: Variables, policy: PolicyControls, identifier: str, accesses: Mapping[str, PolicyAccess]
) -> _Policy:
    fits, fills = fits_and_fills(variables, policy, identifier)
    access = accesses[policy.name]
    return _Policy(policy.name, fits, fills, use(variables, policy.name, identifier, access), checks(access))


def _choices(variables: Variables, policies: list[_Policy]) -> Iterator[str]:
    """Remove an invalid annotation, then record the winner.

    The annotation is valid if this policy wrote it before another plugin changed the pod.
    """
    noted = "variables.noted"
    holds = any_of(f"({noted} == {literal(policy.name)} && {policy.takes_unchanged})" for policy in policies)
    yield (
        f"{literal(VALIDATED)} in variables.annotations && !({holds}) ? "
        f'[JSONPatch{{op: "remove", path: "{POINTER}"}}] : []'
    )
    every_policy_changes = variables.set("every_policy_changes", FIELD_WITHOUT_ANNOTATION)
    chunks = list(_chunks(policies))
    for number, chunk in enumerate(chunks, 1):
        choice = _first({policy.name: policy.takes_unchanged for policy in chunk})
        yield _note(variables.set(f"unchanged_{number}", f"{every_policy_changes} ? '' : {choice}"))
    for number, chunk in enumerate(chunks, 1):
        yield _note(
            variables.set(f"changed_{number}", _first({policy.name: policy.takes for policy in chunk}))
        )


def _chunks(policies: list[_Policy]) -> Iterator[list[_Policy]]:
    """The policies, split so that the authorizer checks of each part fit into the cost of one evaluation."""
    chunk: list[_Policy] = []
    for policy in policies:
        cost = sum(earlier.cost for earlier in chunk) + policy.cost
        if chunk and (cost > CHECKS_PER_EVALUATION or len(chunk) == _MOST_CHOICES):
            yield chunk
            chunk = []
        chunk.append(policy)
    if chunk:
        yield chunk


def _first(tests: Mapping[str, str]) -> str:
    """CEL for the first name whose test is true; an empty string if none is."""
    return "".join(f"{test} ? {literal(name)} : " for name, test in tests.items()) + "''"


def _note(winner: str) -> str:
    """A patch that writes the winner's name into the annotation, unless it has a value."""
    return note(f"variables.noted != '' || {winner} == ''", winner)

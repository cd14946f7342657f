"""The MutatingAdmissionPolicy: finds the policy that the plugin would choose, and fills in what it fills in.

Its mutations run one after another, each on what the one before left, and each with a budget of its own. The
first ones choose: the first policy by name that takes the pod unchanged, or else the first that takes it
changed; its name is noted in the annotation `kubernetes.io/psp`. Those that follow fill in, a field each.

Source of the order: plugin/pkg/admission/security/podsecuritypolicy/admission.go (computeSecurityContext) and
pkg/registry/core/pod/strategy.go (PrepareForCreate), 1.24.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from rbacpsp.migration.access import Access
from rbacpsp.migration.cel.policies import fits_and_fills
from rbacpsp.migration.cel.profiles import FIELD_WITHOUT_ANNOTATION
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.migration.cel.variables import Variables, identifiers
from rbacpsp.migration.controls import PolicyControls
from rbacpsp.migration.json_patches import PLACE, fillings, note
from rbacpsp.migration.labels import VALIDATED
from rbacpsp.migration.task import Task
from rbacpsp.migration.vap.shapes import rule
from rbacpsp.migration.vap.use import CHECKS_PER_EVALUATION, checks, use
from rbacpsp.model.json import JSONObject

_MOST_CHOICES = 40
"""How many policies one mutation chooses among at most: each nests its expression one deeper."""


class _Policy(Struct, frozen=True):
    """One policy in terms of variables."""

    name: str
    fits: str
    fills: str
    may_use: str
    cost: int
    """How often the server is asked about it at most."""

    @property
    def takes_unchanged(self) -> str:
        """Whether it takes the pod as it is, and may be used."""
        unfilled = "" if self.fills == "false" else f"!{self.fills}"
        return all_of(each for each in (self.fits, unfilled, self.may_use) if each not in {"", "true"})

    @property
    def takes(self) -> str:
        """Whether it takes the pod once it has filled it in, and may be used."""
        return all_of(each for each in (self.fits, self.may_use) if each != "true")


def mutating_spec(task: Task) -> JSONObject:
    """The spec of the MutatingAdmissionPolicy."""
    variables = Variables()
    names = identifiers(policy.name for policy in task.policies)
    policies = [_policy(variables, each, names[each.name], task.accesses) for each in task.policies]
    variables.set("noted", f"variables.annotations[?{literal(VALIDATED)}].orValue('')")
    expressions = [*_choices(variables, policies), *fillings(task.policies, "variables.noted")]
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
    variables: Variables, policy: PolicyControls, identifier: str, accesses: Mapping[str, Access]
) -> _Policy:
    fits, fills = fits_and_fills(variables, policy, identifier)
    access = accesses[policy.name]
    return _Policy(policy.name, fits, fills, use(variables, policy.name, identifier, access), checks(access))


def _choices(variables: Variables, policies: list[_Policy]) -> Iterator[str]:
    """Drop a note that does not hold, then note the winner.

    A note holds when this policy wrote it before another plugin changed the pod.
    """
    noted = "variables.noted"
    holds = any_of(f"({noted} == {literal(policy.name)} && {policy.takes_unchanged})" for policy in policies)
    yield (
        f"{literal(VALIDATED)} in variables.annotations && !({holds}) ? "
        f'[JSONPatch{{op: "remove", path: "{PLACE}"}}] : []'
    )
    every_policy_changes = variables.set("every_policy_changes", FIELD_WITHOUT_ANNOTATION)
    chunks = list(_chunks(policies))
    for number, chunk in enumerate(chunks, 1):
        choice = _first({each.name: each.takes_unchanged for each in chunk})
        yield _note(variables.set(f"unchanged_{number}", f"{every_policy_changes} ? '' : {choice}"))
    for number, chunk in enumerate(chunks, 1):
        yield _note(variables.set(f"changed_{number}", _first({each.name: each.takes for each in chunk})))


def _chunks(policies: list[_Policy]) -> Iterator[list[_Policy]]:
    """The policies in runs that one evaluation can afford to ask about."""
    chunk: list[_Policy] = []
    for policy in policies:
        spent = sum(each.cost for each in chunk) + policy.cost
        if chunk and (spent > CHECKS_PER_EVALUATION or len(chunk) == _MOST_CHOICES):
            yield chunk
            chunk = []
        chunk.append(policy)
    if chunk:
        yield chunk


def _first(tests: Mapping[str, str]) -> str:
    """The first name whose test holds; empty for none."""
    return "".join(f"{test} ? {literal(name)} : " for name, test in tests.items()) + "''"


def _note(winner: str) -> str:
    """Write the winner's name into the annotation, unless one stands there."""
    return note(f"variables.noted != '' || {winner} == ''", winner)

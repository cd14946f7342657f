"""The MutatingPolicy: finds the policy that the PodSecurityPolicy plugin chooses, and sets its defaults.

Kyverno evaluates a variable once for each pod, before any mutation, whereas `object` changes with each
mutation. So one variable chooses the policy, and missing fields are those of the pod as it was submitted.
"""

from rbacpsp.migration.cel.clause import EMPTY_CONTEXT
from rbacpsp.migration.cel.policies import fits_and_fills, may_use
from rbacpsp.migration.cel.profiles import FIELD_WITHOUT_ANNOTATION
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.migration.cel.variables import Variables, identifiers
from rbacpsp.migration.json_patches import default_patches, note
from rbacpsp.migration.kyverno.manifests import autogen, constraints, with_escaped_literals
from rbacpsp.migration.kyverno.requesters import requesters
from rbacpsp.migration.labels import VALIDATED
from rbacpsp.migration.task import MigrationTask
from rbacpsp.model.json import JSONObject


def mutating_spec(task: MigrationTask) -> JSONObject:
    """The spec of the MutatingPolicy."""
    variables = Variables()
    winner = _winner(variables, task)
    expressions = [
        note(f"{winner} == '' || {winner} == variables.noted", winner),
        f"{winner} == '' ? [] : {EMPTY_CONTEXT}",
        *default_patches(task.policies, winner),
    ]
    spec = {
        "autogen": autogen(()),
        "evaluation": {"admission": {"enabled": True}, "mutateExisting": {"enabled": False}},
        "failurePolicy": "Fail",
        "reinvocationPolicy": "IfNeeded",
        "matchConstraints": constraints(["CREATE"], "pods", task.options),
        "variables": variables.listed(expressions),
        "mutations": [
            {"patchType": "JSONPatch", "jsonPatch": {"expression": expression}} for expression in expressions
        ],
    }
    return with_escaped_literals(spec)


def _winner(variables: Variables, task: MigrationTask) -> str:
    """The first policy by name that admits the pod unchanged, or else the first that admits it changed.

    If this object has recorded a policy before another webhook changed the pod, that policy stays as long as
    it admits the pod.
    """
    requester_cel = requesters(variables) if task.scope != "all" else None
    names = identifiers(policy.name for policy in task.policies)
    takes, unchanged = {}, {}
    for policy in task.policies:
        fits, fills = fits_and_fills(variables, policy, names[policy.name])
        usable = may_use(variables, names[policy.name], task.accesses[policy.name], requester_cel)
        takes[policy.name] = all_of(condition for condition in (fits, usable) if condition != "true")
        unfilled = "" if fills == "false" else f"!{fills}"
        unchanged[policy.name] = all_of(
            condition for condition in (fits, unfilled, usable) if condition not in {"", "true"}
        )
    noted = variables.set("noted", f"variables.annotations[?{literal(VALIDATED)}].orValue('')")
    first = variables.set("first_unchanged", _first(unchanged))
    changed = variables.set("first_changed", _first(takes))
    holds = any_of(f"({noted} == {literal(name)} && {test})" for name, test in unchanged.items())
    every = variables.set("every_policy_changes", FIELD_WITHOUT_ANNOTATION)
    return variables.set("winner", f"{holds} ? {noted} : {every} || {first} == '' ? {changed} : {first}")


def _first(tests: dict[str, str]) -> str:
    """CEL for the first name whose test is true; an empty string if none is."""
    listed = ", ".join(f"{test} ? {literal(name)} : ''" for name, test in tests.items())
    return f"[{listed}].filter(n, n != '')[?0].orValue('')"

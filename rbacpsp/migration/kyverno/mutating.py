"""The MutatingPolicy: finds the policy that the plugin would choose, and fills in what it fills in.

Kyverno evaluates a variable once for a pod, before anything is filled in, while `object` follows each
mutation: the choice is made by one variable, and what lacks is seen as the pod was submitted.
"""

from rbacpsp.migration.cel.clause import EMPTY_CONTEXT
from rbacpsp.migration.cel.policies import fits_and_fills, may_use
from rbacpsp.migration.cel.profiles import FIELD_WITHOUT_ANNOTATION
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.migration.cel.variables import Variables, identifiers
from rbacpsp.migration.json_patches import fillings, note
from rbacpsp.migration.kyverno.askers import askers
from rbacpsp.migration.kyverno.shapes import autogen, constraints, protected
from rbacpsp.migration.labels import VALIDATED
from rbacpsp.migration.task import Task
from rbacpsp.model.json import JSONObject


def mutating_spec(task: Task) -> JSONObject:
    """The spec of the MutatingPolicy."""
    variables = Variables()
    winner = _winner(variables, task)
    expressions = [
        note(f"{winner} == '' || {winner} == variables.noted", winner),
        f"{winner} == '' ? [] : {EMPTY_CONTEXT}",
        *fillings(task.policies, winner),
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
    return protected(spec)


def _winner(variables: Variables, task: Task) -> str:
    """The first policy by name that takes the pod unchanged, or else the first that takes it changed.

    A policy that this object noted before another webhook changed the pod stays, while it takes the pod.
    """
    who = askers(variables) if task.scope != "all" else None
    names = identifiers(policy.name for policy in task.policies)
    takes, unchanged = {}, {}
    for policy in task.policies:
        fits, fills = fits_and_fills(variables, policy, names[policy.name])
        usable = may_use(variables, names[policy.name], task.accesses[policy.name], who)
        takes[policy.name] = all_of(each for each in (fits, usable) if each != "true")
        unfilled = "" if fills == "false" else f"!{fills}"
        unchanged[policy.name] = all_of(each for each in (fits, unfilled, usable) if each not in {"", "true"})
    noted = variables.set("noted", f"variables.annotations[?{literal(VALIDATED)}].orValue('')")
    first = variables.set("first_unchanged", _first(unchanged))
    changed = variables.set("first_changed", _first(takes))
    holds = any_of(f"({noted} == {literal(name)} && {test})" for name, test in unchanged.items())
    every = variables.set("every_policy_changes", FIELD_WITHOUT_ANNOTATION)
    return variables.set("winner", f"{holds} ? {noted} : {every} || {first} == '' ? {changed} : {first}")


def _first(tests: dict[str, str]) -> str:
    """The first name whose test holds; empty for none."""
    listed = ", ".join(f"{test} ? {literal(name)} : ''" for name, test in tests.items())
    return f"[{listed}].filter(n, n != '')[?0].orValue('')"

"""The CEL variables for a whole policy: whether it admits a pod, why not, and who may use it."""

from collections.abc import Callable, Iterable

from rbacpsp.migration.access import PolicyAccess
from rbacpsp.migration.cel import Clause, clause_of
from rbacpsp.migration.cel.grants import Requesters, holds_grant
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.migration.cel.variables import Variables, stem_of
from rbacpsp.migration.controls import Control, PolicyControls

Demand = Callable[[Clause], str]
"""Selects the expression of a clause that a pod must meet."""


def field_tests(variables: Variables, controls: Iterable[Control], demand: Demand) -> dict[str, str]:
    """The variable that tests each field of a policy, without fields that allow every pod."""
    tests: dict[str, str] = {}
    for control in controls:
        test = demand(clause_of(control))
        if test != "true":
            tests[control.field] = variables.number(stem_of(control.field), test)
    return tests


def takes_and_why(
    variables: Variables, policy: PolicyControls, identifier: str, demand: Demand
) -> tuple[str, str]:
    """Whether a policy admits the pod, and why not: the refused fields, or that only `use` is missing."""
    tests = field_tests(variables, policy.controls, demand)
    takes = variables.set(f"takes_{identifier}", all_of(tests.values())) if tests else "true"
    text = literal(f"{policy.name} would take it, but neither may use it")
    if tests:
        refused = ", ".join(f"{test} ? '' : {literal(field)}" for field, test in tests.items())
        text = (
            f"{takes} ? {text} : "
            f"{literal(f'{policy.name} refuses ')} + [{refused}].filter(f, f != '').join(', ')"
        )
    return takes, variables.set(f"why_{identifier}", text)


def fits_and_fills(variables: Variables, policy: PolicyControls, identifier: str) -> tuple[str, str]:
    """Whether a policy admits the pod with its defaults, and whether it sets any."""
    fits, fills = [], []
    for control in policy.controls:
        clause, stem = clause_of(control), stem_of(control.field)
        if clause.fits != "true":
            fits.append(variables.number(f"{stem}_fits", clause.fits))
        if clause.fills != "false":
            fills.append(variables.number(f"{stem}_fills", clause.fills))
    return (
        variables.set(f"fits_{identifier}", all_of(fits)) if fits else "true",
        variables.set(f"fills_{identifier}", any_of(fills)) if fills else "false",
    )


def may_use(
    variables: Variables, identifier: str, access: PolicyAccess, requesters: Requesters | None
) -> str:
    """Whether the requester or the pod's account has a listed grant; None: everyone may use the policy."""
    return (
        "true"
        if requesters is None
        else variables.set(f"may_use_{identifier}", holds_grant(access.holders, requesters))
    )

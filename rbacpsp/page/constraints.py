"""OpenShift's security context constraints as tables, in the order in which the server tries them."""

from collections import Counter
from itertools import zip_longest
from typing import Any

import msgspec

from rbacpsp.model.request import split_service_account
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.page.facts import Facts
from rbacpsp.page.policies import words
from rbacpsp.scc.constraints import constraints_of
from rbacpsp.scc.order import order_key, points, why_before
from rbacpsp.scc.users import unknown_users
from rbacpsp.simulate import Simulation, Verdict

_NOT_FIELDS = frozenset({"apiVersion", "kind", "metadata", "users", "groups", "priority"})
"""The fields of constraints that restrict no pod."""


def constraints(facts: Facts) -> dict[str, Any]:
    """The constraints with their fields and lists, and a summary of the simulation."""
    ordered = sorted(constraints_of(facts.objects), key=order_key)
    return {
        "constraints": [
            [
                constraint.name,
                _fields(constraint),
                constraint.priority,
                points(constraint),
                "" if other is None else why_before(constraint, other),
                _listed(constraint),
                list(unknown_users(constraint, facts.objects)),
                int(constraint.assumed),
            ]
            for constraint, other in zip_longest(ordered, ordered[1:])
        ],
        "constraintSummary": _summary(facts.constraints, {constraint.name for constraint in ordered}),
    }


def _fields(constraint: SecurityContextConstraints) -> list[list[str]]:
    """The fields of constraints and their values."""
    fields = msgspec.to_builtins(constraint)
    return [[key, words(value)] for key, value in fields.items() if key not in _NOT_FIELDS]


def _listed(constraint: SecurityContextConstraints) -> list[list[str]]:
    """The entries of their lists of users and groups: the subject, and the entry in its original form."""
    entries = []
    for name in dict.fromkeys(constraint.users):
        account = split_service_account(name)
        text = f"ServiceAccount/{account[0]}:{account[1]}" if account else f"User/{name}"
        entries.append([text, f"users: {name}"])
    return entries + [[f"Group/{name}", f"groups: {name}"] for name in dict.fromkeys(constraint.groups)]


def _summary(simulation: Simulation | None, names: set[str]) -> dict[str, Any]:
    if simulation is None:
        return {}
    verdicts = Counter(row.verdict for row in simulation)
    used = {name for row in simulation for name in (*row.policies, *row.recorded)}
    return {
        "verdicts": [[str(verdict), verdicts[verdict]] for verdict in Verdict if verdicts[verdict]],
        "pods": sum(len(row.pods) for row in simulation),
        "unused": sorted(names - used),
    }

"""Every rule of the audit, one file for each family of rules."""

from collections.abc import Iterable

from rbacpsp.audit.rule import Rule
from rbacpsp.audit.rules import (
    admission,
    certificates,
    constraints,
    hygiene,
    identity,
    idle,
    impersonation,
    infrastructure,
    names,
    nodes,
    pods,
    policies,
    reach,
    roles,
    secrets,
    tokens,
    wildcards,
    workloads,
)

RULES: tuple[Rule, ...] = (
    *wildcards.RULES,
    *secrets.RULES,
    *tokens.RULES,
    *impersonation.RULES,
    *roles.RULES,
    *workloads.RULES,
    *nodes.RULES,
    *certificates.RULES,
    *admission.RULES,
    *infrastructure.RULES,
    *policies.RULES,
    *identity.RULES,
    *hygiene.RULES,
    *pods.RULES,
    *idle.RULES,
    *names.RULES,
    *reach.RULES,
    *constraints.RULES,
)


def rules_by_id(rules: Iterable[Rule]) -> dict[str, Rule]:
    """The rules by id.

    Raises:
        ValueError: Two rules share an id or a name, or the data of one is incomplete.
    """
    by_id: dict[str, Rule] = {}
    names: set[str] = set()
    problems = []
    for rule in rules:
        problems += rule.problems()
        if rule.id in by_id:
            problems.append(f"{rule.id}: two rules have this id")
        if rule.name in names:
            problems.append(f"{rule.id}: two rules are named {rule.name}")
        by_id[rule.id] = rule
        names.add(rule.name)
    if problems:
        raise ValueError("; ".join(problems))
    return by_id


BY_ID = rules_by_id(RULES)
"""Every rule by its id. Importing this module fails if a rule is incomplete."""

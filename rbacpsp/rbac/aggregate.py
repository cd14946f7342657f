"""The rules of aggregated ClusterRoles, as the controller of a running cluster computes them.

A role with an aggregationRule and no rules was written by hand and never met the controller: its rules are
those of the roles that its selectors match. A role that has rules is taken as stored, and so is one that a
server has stored (it has a uid): where no controller runs it grants nothing, whatever its selectors match.

Source: pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go (1.24): the selectors in
order, the roles of each by name, a rule that is there already left out, the role itself never among its
sources.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from rbacpsp.model import ClusterRole
from rbacpsp.model.go import quote
from rbacpsp.model.rbac import LabelSelector, LabelSelectorRequirement
from rbacpsp.model.request import SUBDOMAIN

_LABEL = re.compile(r"(?=.{1,63}\Z)[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Aggregation:
    """The aggregated roles that were loaded without rules, computed; by name."""

    roles: Mapping[str, ClusterRole]
    problems: tuple[str, ...]
    """The selectors that the controller could not read; their roles keep no rules."""


def aggregate_roles(roles: Iterable[ClusterRole]) -> Aggregation:
    """Compute the rules of every aggregated role that has none, to a fixed point (admin from edit)."""
    by_name = {role.name: role for role in sorted(roles, key=lambda role: role.name)}
    waiting = [
        role
        for role in by_name.values()
        if role.aggregation_rule and not role.rules and not role.metadata.uid
    ]
    sources: dict[str, list[str]] = {}
    problems = []
    for role in waiting:
        try:
            sources[role.name] = _sources(role, by_name.values())
        except ValueError as error:
            problems.append(f"the aggregationRule of ClusterRole {quote(role.name)} is not valid: {error}")
    changed = True
    rounds = 0
    while changed and rounds <= 2 * len(sources) + 1:
        changed = False
        rounds += 1
        for name, others in sources.items():
            rules = tuple(dict.fromkeys(rule for other in others for rule in by_name[other].rules))
            if rules != by_name[name].rules:
                by_name[name] = replace(by_name[name], rules=rules)
                changed = True
    return Aggregation({name: by_name[name] for name in sources}, tuple(problems))


def _sources(role: ClusterRole, roles: Iterable[ClusterRole]) -> list[str]:
    """The names of the roles whose rules are copied, in the order in which they are."""
    selectors = role.aggregation_rule.cluster_role_selectors if role.aggregation_rule else ()
    for selector in selectors:
        _check(selector)
    return [
        other.name
        for selector in selectors
        for other in roles
        if other.name != role.name and selects(selector, other.metadata.labels)
    ]


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Whether all conditions of a selector hold for some labels; a selector without any holds for all.

    Source: apimachinery/pkg/labels/selector.go Requirement.Matches (1.24).
    """
    return all(labels.get(key) == value for key, value in selector.match_labels.items()) and all(
        _holds(requirement, labels) for requirement in selector.match_expressions
    )


def _holds(requirement: LabelSelectorRequirement, labels: Mapping[str, str]) -> bool:
    there = requirement.key in labels
    match requirement.operator:
        case "In":
            return there and labels[requirement.key] in requirement.values
        case "NotIn":
            return not there or labels[requirement.key] not in requirement.values
        case "Exists":
            return there
        case _:
            return not there


def _check(selector: LabelSelector) -> None:
    """Refuse what the server refuses (apimachinery/pkg/labels/selector.go NewRequirement, 1.24).

    Raises:
        ValueError: An operator, a key or a value is none.
    """
    values = [*selector.match_labels.values()]
    for requirement in selector.match_expressions:
        match requirement.operator:
            case "In" | "NotIn":
                if not requirement.values:
                    raise ValueError("for 'in', 'notin' operators, values set can't be empty")
            case "Exists" | "DoesNotExist":
                if requirement.values:
                    raise ValueError("values set must be empty for exists and does not exist")
            case operator:
                raise ValueError(f"{quote(operator)} is not a valid label selector operator")
        values += requirement.values
    for key in (*selector.match_labels, *(each.key for each in selector.match_expressions)):
        prefix, slash, name = key.rpartition("/")
        if not _LABEL.fullmatch(name) or (slash and not SUBDOMAIN.fullmatch(prefix)):
            raise ValueError(f"{quote(key)} is not a valid label key")
    for value in values:
        if value and not _LABEL.fullmatch(value):
            raise ValueError(f"{quote(value)} is not a valid label value")

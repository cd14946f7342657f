"""Matches label selectors with labels, and finds selectors that the server refuses."""

import re
from collections.abc import Mapping

from rbacpsp.model.go import quote
from rbacpsp.model.rbac import LabelSelector, LabelSelectorRequirement
from rbacpsp.model.request import SUBDOMAIN

_LABEL = re.compile(r"(?=.{1,63}\Z)[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Whether some labels meet all conditions of a selector; a selector without conditions matches all.

    Source: apimachinery/pkg/labels/selector.go Requirement.Matches (1.24).
    """
    return all(labels.get(key) == value for key, value in selector.match_labels.items()) and all(
        _holds(requirement, labels) for requirement in selector.match_expressions
    )


def _holds(requirement: LabelSelectorRequirement, labels: Mapping[str, str]) -> bool:
    is_set = requirement.key in labels
    match requirement.operator:
        case "In":
            return is_set and labels[requirement.key] in requirement.values
        case "NotIn":
            return not is_set or labels[requirement.key] not in requirement.values
        case "Exists":
            return is_set
        case _:
            return not is_set


def check_selector(selector: LabelSelector) -> None:
    """Raise an error for a selector that the server refuses.

    Source: apimachinery/pkg/labels/selector.go NewRequirement (1.24).

    Raises:
        ValueError: An operator, a key or a value is invalid.
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
    for key in (
        *selector.match_labels,
        *(match_expression.key for match_expression in selector.match_expressions),
    ):
        prefix, slash, name = key.rpartition("/")
        if not _LABEL.fullmatch(name) or (slash and not SUBDOMAIN.fullmatch(prefix)):
            raise ValueError(f"{quote(key)} is not a valid label key")
    for value in values:
        if value and not _LABEL.fullmatch(value):
            raise ValueError(f"{quote(value)} is not a valid label value")

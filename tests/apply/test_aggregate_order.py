"""Tests that the rules of a role that selects nearly all others have the controller's order.

`naive` follows syncClusterRole of pkg/controller/clusterroleaggregation, 1.24: the selectors in order, the
roles of each by the bytes of their names, and a rule that is there already left out.
"""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.apply.aggregate import aggregate_applied
from rbacpsp.catalog.bootstrap import bootstrap_policy
from rbacpsp.model import ClusterRole, PolicyRule, Version
from rbacpsp.model.meta import ObjectMeta
from rbacpsp.model.rbac import AggregationRule, LabelSelector, LabelSelectorRequirement

Rule = dict[str, tuple[str, ...]]
EXPRESSIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("out", "DoesNotExist", ()),
    ("out", "NotIn", ("yes",)),
    ("out", "In", ("yes", "no")),
    ("out", "Exists", ()),
)


def plain(rule: PolicyRule) -> Rule:
    return {
        "verbs": rule.verbs,
        "apiGroups": rule.api_groups,
        "resources": rule.resources,
        "resourceNames": rule.resource_names,
        "nonResourceURLs": rule.non_resource_urls,
    }


def matches(selector: LabelSelector, labels: dict[str, str]) -> bool:
    """Whether labels meet a selector of one expression at most; one without any selects everything."""
    for match_expression in selector.match_expressions:
        value = labels.get(match_expression.key)
        wanted = {
            "In": value in match_expression.values,
            "NotIn": value not in match_expression.values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        return wanted[match_expression.operator]
    return True


def naive(target: ClusterRole, roles: Iterable[ClusterRole]) -> list[Rule]:
    assert target.aggregation_rule is not None
    result: list[Rule] = []
    for selector in target.aggregation_rule.cluster_role_selectors:
        selected = [role for role in roles if matches(selector, dict(role.metadata.labels))]
        for role in sorted(selected, key=lambda role: role.name.encode()):
            if role.name == target.name:
                continue
            for rule in map(plain, role.rules):
                if rule not in result:
                    result.append(rule)
    return result


def aggregate(*selectors: LabelSelector, name: str = "every") -> ClusterRole:
    return ClusterRole(metadata=ObjectMeta(name=name), aggregation_rule=AggregationRule(selectors))


def rules_of(target: ClusterRole, roles: Iterable[ClusterRole]) -> list[Rule]:
    return [plain(rule) for rule in aggregate_applied([target, *roles]).roles[target.name].rules]


def selectors() -> st.SearchStrategy[LabelSelector]:
    expression = st.sampled_from(EXPRESSIONS).map(
        lambda each: LabelSelector(match_expressions=(LabelSelectorRequirement(*each),))
    )
    return st.just(LabelSelector()) | expression


def rules() -> st.SearchStrategy[tuple[PolicyRule, ...]]:
    words = st.lists(st.sampled_from(["get", "list", "create"]), min_size=1, max_size=2, unique=True)
    return st.lists(words.map(lambda verbs: PolicyRule(tuple(verbs), ("",), ("pods",))), max_size=3).map(
        tuple
    )


def parts() -> st.SearchStrategy[list[ClusterRole]]:
    names = st.sampled_from(["a", "a-b", "a.b", "a:b", "A", "aa", "b", "z", "_", "system:a", "every-other"])
    part = st.builds(
        lambda name, labels, held: ClusterRole(metadata=ObjectMeta(name=name, labels=labels), rules=held),
        names,
        st.sampled_from([{}, {"out": "yes"}, {"out": "no"}, {"other": "x"}]),
        rules(),
    )
    return st.lists(part, unique_by=lambda role: role.name, max_size=8)


@given(st.lists(selectors(), min_size=1, max_size=3), parts())
def test_rules_come_selector_by_selector_name_by_name_and_each_once(
    chosen: list[LabelSelector], roles: list[ClusterRole]
) -> None:
    target = aggregate(*chosen)
    assert rules_of(target, roles) == naive(target, roles)


@pytest.mark.parametrize(("version", "count"), [("1.24", 179), ("1.37", 211)])
def test_the_default_roles_are_aggregated_in_the_controllers_order(version: str, count: int) -> None:
    brought: list[Any] = [
        obj for obj in bootstrap_policy(Version.parse(version)) if isinstance(obj, ClusterRole)
    ]
    roles = [role for role in brought if role.aggregation_rule is None]
    target = aggregate(LabelSelector())
    result = rules_of(target, roles)
    assert result == naive(target, roles)
    assert len(result) == count
    everything = {"verbs": ("*",), "apiGroups": ("*",), "resources": ("*",)}
    assert result[0] == {**everything, "resourceNames": (), "nonResourceURLs": ()}

"""Tests that aggregated roles get the rules that the controller copies."""

import pytest
from msgspec.structs import replace

from rbacpsp.apply.aggregate import aggregate_stored
from rbacpsp.apply.selectors import selects
from rbacpsp.model import ClusterRole, PolicyRule
from rbacpsp.model.meta import ObjectMeta
from rbacpsp.model.rbac import AggregationRule, LabelSelector, LabelSelectorRequirement
from tests.policy_rules import policy_rule


def aggregated_role(name: str, *verbs: str, labels: str = "", of: str = "") -> ClusterRole:
    """A role with rules; selectors match its `labels`, and `of` names the labels that it selects."""
    selectors = tuple(LabelSelector(match_labels={word: "true"}) for word in of.split())
    return ClusterRole(
        metadata=ObjectMeta(name=name, labels=dict.fromkeys(labels.split(), "true")),
        rules=tuple(policy_rule(verb, "pods") for verb in verbs),
        aggregation_rule=AggregationRule(selectors) if of else None,
    )


def verbs(roles: list[ClusterRole], name: str) -> list[str]:
    return [each.verbs[0] for each in aggregate_stored(roles).roles[name].rules]


def test_the_sources_follow_the_selectors_then_the_names_without_repetition() -> None:
    sources = [
        aggregated_role("z", "get", labels="one"),
        aggregated_role("a", "list", "get", labels="two"),
        aggregated_role("m", "watch", labels="one"),
    ]
    assert verbs([*sources, aggregated_role("all", of="one two")], "all") == ["watch", "get", "list"]


def test_admin_has_the_rules_of_view_through_edit() -> None:
    roles = [
        aggregated_role("admin", of="to-admin"),
        aggregated_role("edit", of="to-edit", labels="to-admin"),
        aggregated_role("view", of="to-view", labels="to-edit"),
        aggregated_role("leaf", "get", labels="to-view"),
        aggregated_role("write", "create", labels="to-edit"),
    ]
    assert verbs(roles, "admin") == ["get", "create"]
    assert verbs(roles, "view") == ["get"]


def test_a_cycle_of_aggregated_roles_ends() -> None:
    roles = [
        aggregated_role("a", of="b", labels="a"),
        aggregated_role("b", of="a c", labels="b"),
        aggregated_role("c", "get", labels="c"),
    ]
    assert verbs(roles, "a") == ["get"]
    assert verbs(roles, "b") == ["get"]


def test_a_role_with_rules_is_kept_as_stored() -> None:
    stored = aggregated_role("view", "list", of="to-view")
    assert dict(aggregate_stored([stored, aggregated_role("leaf", "get", labels="to-view")]).roles) == {}


def test_a_role_that_a_server_stored_without_rules_grants_nothing() -> None:
    stored = replace(aggregated_role("view", of="to-view"), metadata=ObjectMeta(name="view", uid="1"))
    assert dict(aggregate_stored([stored, aggregated_role("leaf", "get", labels="to-view")]).roles) == {}


def test_a_role_is_never_its_own_source() -> None:
    assert verbs([aggregated_role("self", of="self", labels="self")], "self") == []


def test_match_expressions_select_as_on_the_server() -> None:
    def expression(operator: str, *values: str) -> LabelSelector:
        return LabelSelector(match_expressions=(LabelSelectorRequirement("tier", operator, values),))

    labels = {"tier": "gold"}
    assert selects(LabelSelector(), {})
    assert selects(expression("In", "gold", "tin"), labels)
    assert not selects(expression("In", "tin"), labels)
    assert not selects(expression("In", "tin"), {})
    assert selects(expression("NotIn", "tin"), {})
    assert not selects(expression("NotIn", "gold"), labels)
    assert selects(expression("Exists"), labels)
    assert selects(expression("DoesNotExist"), {})
    assert not selects(expression("DoesNotExist"), labels)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("", "v", '"" is not a valid label key'),
        ("a b", "v", '"a b" is not a valid label key'),
        ("/a", "v", '"/a" is not a valid label key'),
        ("A.b/c", "v", '"A.b/c" is not a valid label key'),
        ("a/b/c", "v", '"a/b/c" is not a valid label key'),
        ("k" * 64, "v", f'"{"k" * 64}" is not a valid label key'),
        ("k", "a b", '"a b" is not a valid label value'),
        ("k", "v\n", r'"v\n" is not a valid label value'),
    ],
)
@pytest.mark.parametrize("form", ["labels", "expressions"])
def test_a_label_that_no_object_can_have_makes_a_selector_invalid(
    key: str, value: str, words: str, form: str
) -> None:
    absent = LabelSelectorRequirement(key, "NotIn", (value,))
    selector = (
        LabelSelector(match_expressions=(absent,)) if form == "expressions" else LabelSelector({key: value})
    )
    result = aggregate_stored(
        [ClusterRole(metadata=ObjectMeta(name="x"), aggregation_rule=AggregationRule((selector,)))]
    )
    assert [problem.rpartition(": ")[2] for problem in result.problems] == [words]


def test_keys_with_a_prefix_and_empty_values_are_valid() -> None:
    leaf = ClusterRole(
        metadata=ObjectMeta(name="leaf", labels={"a.b/C_d": ""}), rules=(PolicyRule(verbs=("get",)),)
    )
    selector = LabelSelector({"a.b/C_d": ""})
    rule = AggregationRule((selector,))
    result = aggregate_stored([leaf, ClusterRole(metadata=ObjectMeta(name="x"), aggregation_rule=rule)])
    assert result.problems == ()
    assert result.roles["x"].rules == leaf.rules


def test_an_invalid_selector_leaves_its_role_empty_and_is_reported() -> None:
    odd = LabelSelector(match_expressions=(LabelSelectorRequirement("tier", "Like", ("g",)),))
    result = aggregate_stored(
        [ClusterRole(metadata=ObjectMeta(name="x"), aggregation_rule=AggregationRule((odd,)))]
    )
    assert dict(result.roles) == {}
    assert result.problems == (
        'the aggregationRule of ClusterRole "x" is not valid: "Like" is not a valid label selector operator',
    )

"""Tests how a what-if or a second source changes aggregated roles."""

from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rbacpsp.apply.aggregate import aggregate_applied, aggregate_changed, aggregate_stored
from rbacpsp.model import ClusterRole
from rbacpsp.model.aggregation import Aggregation
from rbacpsp.model.meta import AssumedMeta, ObjectMeta
from rbacpsp.model.rbac import AggregationRule, LabelSelector, LabelSelectorRequirement
from tests.apply.test_aggregate import aggregated_role

Roles = dict[str, ClusterRole]


def stored(obj: ClusterRole) -> ClusterRole:
    """The same role as a server stores it."""
    metadata = obj.metadata
    return replace(obj, metadata=ObjectMeta(name=metadata.name, labels=metadata.labels, uid="1"))


def verbs(roles: Mapping[str, ClusterRole], name: str) -> list[str]:
    return [rule.verbs[0] for rule in roles[name].rules]


def by_name(*roles: ClusterRole) -> Roles:
    return {each.name: each for each in roles}


def after(before: Roles, now: Roles, *touched: str) -> Roles:
    """The roles after the controller has handled a change of the stored ones."""
    result = aggregate_changed(before, aggregate_stored(before.values()), now, touched)
    return {**now, **result.roles}


VIEW = stored(aggregated_role("view", "get", of="to-view"))
LEAF = stored(aggregated_role("leaf", "get", labels="to-view"))


def test_an_added_part_adds_its_rules_to_a_stored_role() -> None:
    before = by_name(VIEW, LEAF)
    now = before | by_name(aggregated_role("part", "watch", labels="to-view"))
    assert verbs(after(before, now, "part"), "view") == ["get", "watch"]


def test_a_relabeled_part_moves_its_rules_to_another_role() -> None:
    before = by_name(VIEW, LEAF, stored(aggregated_role("other", "list")))
    joined = before | by_name(aggregated_role("other", "list", labels="to-view"))
    assert verbs(after(before, joined, "other"), "view") == ["get", "list"]
    left = before | by_name(aggregated_role("leaf", "get", labels="elsewhere"))
    assert verbs(after(before, left, "leaf"), "view") == []


def test_removing_a_selected_role_removes_the_rules_that_the_controller_copied() -> None:
    before = by_name(VIEW, LEAF)
    assert verbs(after(before, by_name(VIEW), "leaf"), "view") == []


def test_rules_written_by_hand_stay_if_no_role_was_ever_selected() -> None:
    before = by_name(stored(aggregated_role("view", "delete", of="to-view")))
    now = before | by_name(aggregated_role("other", "list", labels="elsewhere"))
    assert verbs(after(before, now, "other"), "view") == ["delete"]


def test_rules_written_by_hand_are_replaced_once_a_selected_role_exists() -> None:
    before = by_name(stored(aggregated_role("view", "delete", of="to-view")))
    now = before | by_name(aggregated_role("part", "list", labels="to-view"))
    assert verbs(after(before, now, "part"), "view") == ["list"]


def test_a_role_with_a_selector_that_the_controller_cannot_read_keeps_its_rules() -> None:
    wrong = LabelSelector(match_expressions=(LabelSelectorRequirement("tier", "Wrong"),))
    marked = LabelSelector(match_labels={"to-view": "true"})
    before = by_name(replace(VIEW, aggregation_rule=AggregationRule((marked, wrong))))
    part = aggregated_role("part", "watch", labels="to-view")
    assert verbs(after(before, before | by_name(part), "part"), "view") == ["get"]


def test_a_second_source_is_applied_to_what_the_first_stored() -> None:
    result = aggregate_applied([VIEW, LEAF, aggregated_role("part", "watch", labels="to-view")])
    assert verbs(result.roles, "view") == ["get", "watch"]
    assert "view" not in aggregate_applied([VIEW, LEAF, aggregated_role("part", "watch")]).roles


@pytest.mark.parametrize("meta", [ObjectMeta(name="leaf", uid="1"), AssumedMeta(name="leaf")])
def test_the_controller_empties_roles_that_it_wrote_before_a_second_source_is_applied(
    meta: ObjectMeta,
) -> None:
    leaf = replace(LEAF, metadata=replace(meta, labels={"to-view": "true"}))
    roles = by_name(VIEW, leaf, aggregated_role("part", "get", labels="to-view"))
    known = aggregate_applied(roles.values())
    assert verbs(known.roles, "view") == ["get"]
    assert verbs(aggregate_changed(roles, known, by_name(VIEW), ["leaf", "part"]).roles, "view") == []


def test_rules_written_by_hand_stay_after_roles_of_a_second_source_with_the_same_rules_are_removed() -> None:
    roles = by_name(VIEW, aggregated_role("part", "get", labels="to-view"))
    known = aggregate_applied(roles.values())
    assert verbs(aggregate_changed(roles, known, by_name(VIEW), ["part"]).roles, "view") == ["get"]


def test_roles_that_copy_each_others_rules_for_ever_are_given_up() -> None:
    circle = (
        aggregated_role("a", "get", of="b", labels="a"),
        aggregated_role("b", "list", of="c", labels="b"),
    )
    result = aggregate_applied([*circle, aggregated_role("c", "watch", of="a", labels="c")])
    assert [verbs(result.roles, name) for name in "abc"] == [["watch"], ["list"], ["watch"]]


def naive(
    roles: Roles, earlier: Mapping[str, list[str]] | None = None, written: Collection[str] = ()
) -> tuple[dict[str, list[str]], set[str]]:
    """The final verbs of each aggregated role, and the roles that the controller wrote.

    `earlier` and `written` are its results before the change.

    Each round computes every aggregated role again: the rules of the selected ones, selector by selector and
    then by name, one of each. The controller does not write rules that are already right; if the selected
    roles have no rule, rules that it never wrote stay.
    """
    held = {name: [rule.verbs[0] for rule in each.rules] for name, each in roles.items()}
    held |= earlier or {}
    written = set(written)
    for _ in range(4 * len(roles) + 4):
        for name in sorted(roles):
            rule = roles[name].aggregation_rule
            if rule is None:
                continue
            wanted: list[str] = []
            for selector in rule.cluster_role_selectors:
                for other in sorted(roles):
                    labels = roles[other].metadata.labels
                    if other != name and all(
                        labels.get(key) == value for key, value in selector.match_labels.items()
                    ):
                        wanted += [verb for verb in held[other] if verb not in wanted]
            if wanted != held[name] and (wanted or name in written):
                written.add(name)
                held[name] = wanted
    return {name: held[name] for name, each in roles.items() if each.aggregation_rule}, written


@st.composite
def role_sets(draw: st.DrawFn) -> Roles:
    """Roles in three layers that select only lower ones, so that the order of rounds has no effect."""
    result = []
    for layer in range(3):
        below = [f"to-{number}" for number in range(layer)]
        for number in range(draw(st.integers(0, 3))):
            own = draw(st.lists(st.sampled_from(["get", "list", "watch"]), unique=True, max_size=2))
            of = draw(st.lists(st.sampled_from(below), unique=True, max_size=2)) if below else []
            marked = draw(st.booleans())
            result.append(
                aggregated_role(
                    f"{'cba'[layer]}{number}", *own, labels=f"to-{layer}" if marked else "", of=" ".join(of)
                )
            )
    return by_name(*result)


@given(role_sets())
def test_roles_applied_to_an_empty_server_end_as_the_controller_ends(roles: Roles) -> None:
    result: Aggregation = aggregate_applied(roles.values())
    assert {name: verbs(result.roles, name) for name in result.roles} == naive(roles)[0]


@given(role_sets(), st.data())
def test_a_changed_part_is_aggregated_as_by_the_controller(roles: Roles, data: st.DataObject) -> None:
    known = aggregate_applied(roles.values())
    earlier, written = naive(roles)
    name = data.draw(st.sampled_from(["c0", "c1", "c2"]))
    change = data.draw(st.sampled_from(["remove", "to-0", "", "get", "watch"]))
    now = {other: each for other, each in roles.items() if other != name}
    if change in {"to-0", ""}:
        now[name] = aggregated_role(name, "list", labels=change)
    elif change != "remove":
        now[name] = aggregated_role(name, change, labels="to-0")
    result = aggregate_changed(roles, known, now, [name])
    assert {each: verbs(result.roles, each) for each in result.roles} == naive(now, earlier, written)[0]

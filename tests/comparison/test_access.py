"""Tests who gained and lost access between small states, with literal results."""

from typing import Any

import pytest

import rbacpsp
from rbacpsp import Cluster, Subject
from rbacpsp.comparison import AccessChange, namespace_difference
from rbacpsp.model import PolicyRule
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import binding, role, rule

GROUP = "rbac.authorization.k8s.io"
DEVS = Subject("Group", "devs")


def urls(verbs: str, *paths: str) -> JSONObject:
    return {"verbs": verbs.split(), "nonResourceURLs": list(paths)}


def bound(
    role: str, namespace: str = "", name: str = "b", who: JSONObject | None = None, kind: str = "ClusterRole"
) -> JSONObject:
    subject = who or {"kind": "Group", "name": "devs", "apiGroup": GROUP}
    return binding(role, namespace=namespace, kind=kind, name=name) | {"subjects": [subject]}


def state(*rules: JSONObject, namespace: str = "", **rest: Any) -> list[JSONObject]:
    """The group devs holds some rules."""
    return [role("r", *rules), bound("r", namespace, **rest)]


def gained(old: list[JSONObject], new: list[JSONObject]) -> tuple[AccessChange, ...]:
    return rbacpsp.diff(Cluster.from_objects(old), Cluster.from_objects(new)).access.gained


def summaries(
    changes: tuple[AccessChange, ...],
) -> list[tuple[str, PolicyRule, list[tuple[str, PolicyRule]]]]:
    return [
        (change.namespace, change.rule, [(hole.namespace, hole.rule) for hole in change.excepted])
        for change in changes
    ]


def allows(verbs: str, resources: str, *groups: str, names: str = "") -> PolicyRule:
    return PolicyRule(
        verbs=tuple(verbs.split()),
        api_groups=groups or ("",),
        resources=tuple(resources.split()),
        resource_names=tuple(names.split()),
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([rule("get list", "pods")], [rule("get", "pods"), rule("list", "pods")], id="split"),
        pytest.param([rule("get", "pods secrets")], [rule("get", "secrets pods")], id="order"),
        pytest.param([rule("*", "*")], [rule("get *", "pods *"), rule("get", "secrets")], id="held already"),
        pytest.param([rule("get", "*/scale")], [rule("get", "*/scale deployments/scale")], id="subresource"),
        pytest.param([urls("get", "/a*")], [urls("get", "/a**", "/a", "/ab/c", "/abc*")], id="beginning"),
        pytest.param(
            [rule("get", "pods", names="a b")],
            [rule("get", "pods", names="b"), rule("get", "pods", names="a a")],
            id="names",
        ),
        pytest.param([], [rule("get", "pods/"), {"verbs": []}, urls("get")], id="nothing matches"),
        pytest.param(
            [rule("get", "pods secrets"), rule("list", "pods secrets")],
            [rule("get list", "pods"), rule("get list", "secrets")],
            id="cut the other way",
        ),
    ],
)
def test_rules_that_allow_the_same_are_not_a_change(
    before: list[JSONObject], after: list[JSONObject]
) -> None:
    difference = rbacpsp.diff(Cluster.from_objects(state(*before)), Cluster.from_objects(state(*after)))
    assert (difference.access.gained, difference.access.lost) == ((), ())
    assert not difference.paths


def test_a_rule_that_moves_to_another_binding_is_not_a_change() -> None:
    old = state(rule("get", "pods"))
    new = [role("s", rule("get", "pods")), bound("s", name="c")]
    assert gained(old, new) == gained(new, old) == ()


def test_a_gain_names_the_bindings_of_the_new_state_and_a_loss_those_of_the_old() -> None:
    old = state(rule("get", "pods"), name="old")
    new = state(rule("list", "pods"), name="new")
    access = rbacpsp.diff(Cluster.from_objects(old), Cluster.from_objects(new)).access
    [gain], [loss] = access.gained, access.lost
    assert (gain.subject, gain.rule, [grant.binding.name for grant in gain.grants]) == (
        DEVS,
        allows("list", "pods"),
        ["new"],
    )
    assert (loss.subject, loss.rule, [grant.binding.name for grant in loss.grants]) == (
        DEVS,
        allows("get", "pods"),
        ["old"],
    )
    assert repr(gain).startswith("<AccessChange of Group/devs: ")


def test_only_the_new_part_of_a_rule_is_reported() -> None:
    old = state(rule("get list", "pods"), rule("get", "secrets"))
    assert summaries(gained(old, state(rule("get list watch", "pods secrets")))) == [
        ("", allows("list watch", "secrets"), []),
        ("", allows("watch", "pods"), []),
    ]


def test_permissions_held_before_are_exceptions_of_a_new_wildcard() -> None:
    old = state(rule("get", "secrets"), namespace="team-a")
    new = state(rule("*", "secrets"), namespace="team-a")
    assert summaries(gained(old, new)) == [
        ("team-a", allows("*", "secrets"), [("team-a", allows("get", "secrets"))])
    ]


def test_a_wildcard_allows_more_than_a_list_of_all_that_exists() -> None:
    verbs = "create delete deletecollection get list patch update watch"
    assert summaries(gained(state(rule(verbs, "pods")), state(rule("*", "pods")))) == [
        ("", allows("*", "pods"), [("", allows(verbs, "pods"))])
    ]


def test_permissions_that_become_cluster_wide_are_gained() -> None:
    old = state(rule("get", "pods"), namespace="team-a")
    new = state(rule("get list", "pods"))
    assert summaries(gained(old, new)) == [
        ("", allows("get list", "pods"), [("team-a", allows("get", "pods"))])
    ]


def test_an_account_is_one_subject_however_bindings_write_it() -> None:
    named = {"kind": "User", "name": "system:serviceaccount:team-a:bot"}
    plain = {"kind": "ServiceAccount", "name": "bot"}
    old = state(rule("get", "pods"), namespace="team-a", who=plain)
    new = state(rule("get list", "pods"), namespace="team-a", who=named)
    [change] = gained(old, new)
    assert change.subject == Subject("ServiceAccount", "bot", "team-a")
    assert change.rule == allows("list", "pods")
    assert gained([], state(rule("get", "pods"), who=plain)) == ()  # without a namespace it is nobody


def test_masters_gain_nothing_since_they_hold_everything() -> None:
    masters = {"kind": "Group", "name": "system:masters"}
    assert gained([], state(rule("get", "pods"), who=masters)) == ()


def test_urls_through_a_rolebinding_are_not_gained() -> None:
    assert gained([], state(urls("get", "/metrics"), namespace="team-a")) == ()
    [change] = gained([], state(urls("get", "/metrics")))
    assert change.rule == PolicyRule(verbs=("get",), non_resource_urls=("/metrics",))


def test_a_new_role_is_gained_through_an_old_binding() -> None:
    binding = bound("r", "team-a", kind="Role")
    [change] = gained([binding], [binding, role("r", rule("get", "pods"), namespace="team-a")])
    assert (change.namespace, change.rule) == ("team-a", allows("get", "pods"))


def test_an_aggregated_role_counts_with_the_rules_that_the_controller_computes() -> None:
    whole = role("r") | {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to-r": "yes"}}]}}
    part = role("part", rule("get", "pods"))
    part["metadata"]["labels"] = {"to-r": "yes"}
    [change] = gained([whole, bound("r")], [whole, bound("r"), part])
    assert (change.rule, change.grants[0].role.name) == (allows("get", "pods"), "r")


def test_a_very_long_rule_is_reported_with_its_exceptions() -> None:
    many = " ".join(f"kind-{number}" for number in range(8000))
    [change] = gained(state(rule("get", "kind-7")), state(rule("get", many)))
    assert [hole.rule for hole in change.excepted] == [allows("get", "kind-7")]
    assert len(change.rule.resources) == 8000


def test_a_thousand_names_in_a_thousand_rules_are_one_list() -> None:
    names = [f"s{number}" for number in range(1000)]
    result = [rule("get", "secrets", names=name) for name in names]
    assert gained(state(*result), state(rule("get", "secrets", names=" ".join(names)))) == ()
    [change] = gained(state(*result), state(rule("get", "secrets", names=" ".join([*names, "t"]))))
    assert change.rule == allows("get", "secrets", names="t")


def test_one_namespace_is_compared_with_another() -> None:
    objects = [
        role("all", rule("get", "nodes pods")),
        role("view", rule("get list", "pods")),
        role("edit", rule("get list delete", "pods")),
        bound("all"),
        bound("edit", "staging"),
        bound("view", "prod"),
        bound("edit", "prod", name="bots", who={"kind": "ServiceAccount", "name": "bot", "namespace": "ci"}),
        bound("edit", "other", name="c"),
    ]
    state = Cluster.from_objects(objects).objects
    result = namespace_difference(state, state, "staging", "prod")
    assert [(each.subject, each.namespace, each.rule) for each in result.gained] == [
        (Subject("ServiceAccount", "bot", "ci"), "prod", allows("delete get list", "pods"))
    ]
    assert [(each.subject, each.namespace, each.rule) for each in result.lost] == [
        (DEVS, "staging", allows("delete", "pods"))
    ]
    assert [
        grant.binding.namespace for change in (*result.gained, *result.lost) for grant in change.grants
    ] == [
        "prod",
        "staging",
    ]
    assert not namespace_difference(state, state, "prod", "prod")

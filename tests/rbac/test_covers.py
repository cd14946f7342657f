"""Tests that rules cover others as in upstream's escalation check."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.model import PolicyRule, Request
from rbacpsp.rbac import covers, rules_allow
from tests.policy_rules import policy_rule

texts = st.sampled_from(["*", "a", "b", "a/x", "*/x"])
tuples = st.lists(texts, max_size=3).map(tuple)
urls = st.lists(st.sampled_from(["*", "/a", "/a/*", "/b", "/*"]), max_size=2).map(tuple)
# A rule of both kinds is refused by the API's validation: "rules cannot apply to both".
rules = st.one_of(
    st.builds(PolicyRule, verbs=tuples, api_groups=tuples, resources=tuples, resource_names=tuples),
    st.builds(PolicyRule, verbs=tuples, non_resource_urls=urls),
)
lists = st.lists(rules, max_size=3)
law = settings(max_examples=150, deadline=None, database=None)


def test_each_missing_permission_is_listed_separately() -> None:
    held = [policy_rule("get", "pods"), policy_rule("list", "pods", names="web")]
    wanted = [policy_rule("get list", "pods nodes")]
    assert covers(held, wanted) == (
        policy_rule("list", "pods"),
        policy_rule("get", "nodes"),
        policy_rule("list", "nodes"),
    )


def test_each_part_of_a_permission_must_be_held() -> None:
    held = [policy_rule("get", "pods", groups="a")]
    for wanted in (
        policy_rule("get", "pods", groups="b"),
        policy_rule("get", "nodes", groups="a"),
        policy_rule("list", "pods", groups="a"),
    ):
        assert covers(held, [wanted]) == (wanted,)


def test_one_verb_of_many_rules_is_enough_for_each_piece() -> None:
    assert (
        covers([policy_rule("get", "pods"), policy_rule("list", "pods")], [policy_rule("get list", "pods")])
        == ()
    )


def test_a_rule_without_names_is_not_covered_by_names() -> None:
    assert covers([policy_rule("get", "pods", names="a b")], [policy_rule("get", "pods")]) == (
        policy_rule("get", "pods"),
    )
    assert covers([policy_rule("get", "pods")], [policy_rule("get", "pods", names="a")]) == ()


def test_a_starred_subresource_covers_that_of_each_resource() -> None:
    assert covers([policy_rule("get", "*/scale")], [policy_rule("get", "deployments/scale")]) == ()
    assert covers([policy_rule("get", "*/scale")], [policy_rule("get", "*")]) == (policy_rule("get", "*"),)


def test_a_resource_does_not_cover_its_subresource_nor_a_star_another_subresource() -> None:
    for owned, resource in (("pods", "pods/log"), ("*/scale", "pods/log"), ("*/scale", "scale")):
        permission = policy_rule("get", resource)
        assert covers([policy_rule("get", owned)], [permission]) == (permission,)


@pytest.mark.parametrize(
    ("owned", "url", "covered"),
    [
        ("/healthz", "/healthz", True),
        ("/healthz", "/healthz/etcd", False),
        ("/healthz/*", "/healthz/etcd", True),
        ("/healthz/*", "/livez/etcd", False),
        ("/healthz/*", "/healthz", False),
        ("*", "/healthz", True),
    ],
)
def test_a_url_is_covered_by_itself_and_by_a_star_behind_its_beginning(
    owned: str, url: str, *, covered: bool
) -> None:
    one, other = (PolicyRule(("get",), non_resource_urls=(text,)) for text in (owned, url))
    assert (covers([one], [other]) == ()) == covered


def test_every_verb_that_exists_does_not_cover_the_star() -> None:
    assert covers([policy_rule("get list watch", "pods")], [policy_rule("*", "pods")]) == (
        policy_rule("*", "pods"),
    )


def test_urls_and_resources_of_one_rule_are_compared_separately() -> None:
    both = PolicyRule(("get",), ("",), ("builds",), (), ("/apis",))
    assert covers([policy_rule("get", "builds")], [both]) == (
        PolicyRule(("get",), non_resource_urls=("/apis",)),
    )
    assert covers([both], [both]) == ()


@law
@given(lists)
def test_rules_cover_themselves(some: list[PolicyRule]) -> None:
    assert covers(some, some) == ()


@law
@given(lists, lists, lists)
def test_covering_is_transitive(
    one: list[PolicyRule], two: list[PolicyRule], three: list[PolicyRule]
) -> None:
    if not covers(one, two) and not covers(two, three):
        assert covers(one, three) == ()


@law
@given(lists, lists, lists)
def test_additional_rules_never_cover_less(
    one: list[PolicyRule], two: list[PolicyRule], three: list[PolicyRule]
) -> None:
    assert set(covers(one + two, three)) <= set(covers(one, three))


@law
@given(lists, lists)
def test_nothing_is_missing_after_the_missing_rules_are_added(
    one: list[PolicyRule], two: list[PolicyRule]
) -> None:
    assert covers([*one, *covers(one, two)], two) == ()


@law
@given(lists, lists, texts, texts, texts, texts)
def test_covered_rules_allow_no_more_than_the_covering_ones(
    one: list[PolicyRule], two: list[PolicyRule], verb: str, group: str, resource: str, name: str
) -> None:
    plain, _, subresource = resource.partition("/")
    request = Request(verb, group=group, resource=plain, subresource=subresource, name=name)
    if not covers(one, two) and rules_allow(two, request):
        assert rules_allow(one, request)

"""Tests that grants for named objects only are found, with the names."""

import pytest

from rbacpsp import Request, User
from rbacpsp.model.json import JSONObject
from rbacpsp.rbac.resource_names import limits_by_name
from rbacpsp.testing import ClusterBuilder, rule
from tests.policy_rules import policy_rule


def found(rules: list[JSONObject], request: Request, user: User | None = None) -> list[tuple[str, ...]]:
    """The names of the grants that a RoleBinding of namespace x gives to nora."""
    cluster = ClusterBuilder().role("r", *rules, namespace="x").bind("r", "User/nora", namespace="x").build()
    return [grant.names for grant in cluster.authorizer.named_grants(request, "x", user=user)]


GET = Request("get", resource="secrets", namespace="x")


def test_names_are_sorted_without_duplicates() -> None:
    assert found([rule("get", "secrets", names="b a b")], GET) == [("a", "b")]
    assert found([rule("get", "secrets", names="b"), rule("*", "*", "*", names="a")], GET) == [
        ("b",),
        ("a",),
    ]


@pytest.mark.parametrize(
    "other",
    [
        rule("list", "secrets", names="a"),
        rule("get", "configmaps", names="a"),
        rule("get", "secrets", "apps", names="a"),
        rule("get", "secrets/status", names="a"),
        rule("get", "secrets"),
    ],
)
def test_a_rule_for_other_requests_or_without_names_is_ignored(other: JSONObject) -> None:
    assert found([other], GET) == []


@pytest.mark.parametrize(
    "request_",
    [
        Request("get", resource="secrets", name="a", namespace="x"),
        Request("create", resource="secrets", namespace="x"),
        Request("get", path="/healthz"),
    ],
)
def test_requests_with_a_name_and_requests_that_never_have_one_give_no_grants(request_: Request) -> None:
    assert found([rule("*", "*", "*", names="a")], request_) == []


def test_a_role_without_names_hides_no_grant_of_another_role() -> None:
    builder = (
        ClusterBuilder().role("a", rule("get", "configmaps")).role("b", rule("get", "secrets", names="s"))
    )
    authorizer = builder.bind("a", "User/nora", name="1").bind("b", "User/nora", name="2").build().authorizer
    assert [grant.names for grant in authorizer.named_grants(GET, "x", user=User("nora"))] == [("s",)]


def test_a_cluster_role_is_not_taken_for_the_role_of_its_name_in_the_namespace() -> None:
    builder = ClusterBuilder().role("r", rule("get", "secrets")).role("r", rule("get", "pods"), namespace="x")
    authorizer = builder.bind("r", "User/nora", namespace="x", kind="ClusterRole").build().authorizer
    secrets, pods = (
        [access.subject.name for access in authorizer.who_can_anywhere(Request("get", resource=resource))]
        for resource in ("secrets", "pods")
    )
    assert (secrets, pods) == (["system:masters", "nora"], ["system:masters"])


@pytest.mark.parametrize("names", ["az", "za"])
def test_the_grants_of_a_subject_are_sorted_by_binding(names: str) -> None:
    builder = ClusterBuilder().role("r", rule("get", "secrets"))
    for name in names:
        builder.bind("r", "User/nora", name=name)
    *_, access = builder.build().authorizer.who_can(GET)
    assert [grant.binding.name for grant in access.grants] == ["a", "z"]


def test_rules_with_names_limit_a_request_and_so_does_each_rule_about_namespaces() -> None:
    named, other = policy_rule("get", "secrets", names="s"), policy_rule("get", "configmaps", names="s")
    assert limits_by_name([other, named], GET)
    assert not limits_by_name([other, policy_rule("get", "secrets")], GET)
    spaces = Request("get", resource="namespaces", namespace="x")
    assert limits_by_name([policy_rule("get", "namespaces")], spaces)
    assert not limits_by_name([named], spaces)


def test_the_grants_of_one_user_or_of_all_are_listed() -> None:
    rules = [rule("get", "secrets", names="a")]
    assert found(rules, GET, User("nora")) == [("a",)]
    assert found(rules, GET, User("eve")) == []


@pytest.mark.parametrize(
    ("verb", "names", "found_"),
    [("get", (), [("x",)]), ("get", ("x", "y"), [("x",)]), ("get", ("y",), []), ("list", (), [])],
)
def test_a_role_binding_grants_access_only_to_its_own_namespace(
    verb: str, names: tuple[str, ...], found_: list[tuple[str, ...]]
) -> None:
    request = Request(verb, resource="namespaces")
    assert found([rule(verb, "namespaces", names=" ".join(names))], request) == found_


@pytest.mark.parametrize("user", [None, User("nora")])
def test_grants_of_one_namespace_or_of_all_are_listed(user: User | None) -> None:
    builder = ClusterBuilder()
    for namespace in ("x", "y"):
        builder.role("r", rule("get", "secrets", names=f"of-{namespace}"), namespace=namespace)
        builder.bind("r", "User/nora", namespace=namespace)
    authorizer = builder.build().authorizer

    def names(namespace: str = "", *, anywhere: bool = False) -> list[tuple[str, ...]]:
        grants = authorizer.named_grants(
            Request("get", resource="secrets"), namespace, user=user, anywhere=anywhere
        )
        return sorted(grant.names for grant in grants)

    assert names("x") == [("of-x",)]
    assert names() == []
    assert names(anywhere=True) == [("of-x",), ("of-y",)]

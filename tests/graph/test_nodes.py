"""Tests that ids of nodes are stable and unambiguous."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.graph import Node, account_id, node_id, parse_id, rule_id, subject_id, user_id
from rbacpsp.model import Subject

LOCAL = ("Role", "RoleBinding", "ServiceAccount", "Deployment", "Pod", "OtherSubject")
GLOBAL = ("User", "Group", "ClusterRole", "ClusterRoleBinding", "Namespace", "PodSecurityPolicy")
hostile = st.text(st.sampled_from("ab:/%2F5#\n "), max_size=6)
nodes = st.one_of(
    st.tuples(st.sampled_from(LOCAL), hostile, hostile),
    st.tuples(st.sampled_from(GLOBAL), st.just(""), hostile),
)


@given(nodes, nodes)
def test_different_objects_have_different_ids(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    ids = [node_id(kind, name, namespace) for kind, namespace, name in (one, other)]
    assert (ids[0] == ids[1]) == (one == other)


@given(nodes, st.integers(0, 99))
def test_an_id_is_parsed_into_the_parts_that_it_was_built_from(
    node: tuple[str, str, str], index: int
) -> None:
    kind, namespace, name = node
    made = node_id(kind, name, namespace)
    assert parse_id(made) == Node(kind, namespace, name)
    assert parse_id(rule_id(made, index)) == Node(kind, namespace, name, index)


@pytest.mark.parametrize("text", ["", "view", "Role:view", ":a/b", "Rule:x:ClusterRole:view", "Rule:1:view"])
def test_a_text_that_is_not_an_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a node"):
        parse_id(text)


def test_the_ids_are_those_of_the_manual() -> None:
    assert node_id("ServiceAccount", "builder", "team-a") == "ServiceAccount:team-a/builder"
    assert node_id("ClusterRole", "view", "ignored") == "ClusterRole:view"
    assert rule_id("ClusterRole:view", 0) == "Rule:0:ClusterRole:view"
    assert node_id("Role", "x", "a/b%") == "Role:a%2Fb%25/x"
    assert node_id("Group", "https://issuer/admins") == "Group:https://issuer/admins"


def test_a_user_with_the_name_of_a_service_account_is_that_account() -> None:
    assert user_id("system:serviceaccount:ns:name") == "ServiceAccount:ns/name" == account_id("ns", "name")
    assert user_id("system:serviceaccount:ns") == "User:system:serviceaccount:ns"
    assert subject_id(Subject("User", "system:serviceaccount:ns:name")) == ("ServiceAccount:ns/name", True)


def test_a_service_account_without_a_namespace_gets_that_of_the_binding_or_matches_nobody() -> None:
    assert subject_id(Subject("ServiceAccount", "name"), "ns") == ("ServiceAccount:ns/name", True)
    assert subject_id(Subject("ServiceAccount", "name")) == ("ServiceAccount:/name", False)
    assert subject_id(Subject("Robot", "r2/d2")) == ("OtherSubject:Robot/r2/d2", False)

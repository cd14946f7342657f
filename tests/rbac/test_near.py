"""Tests suggestions for missing roles and service accounts by name, kind and namespace."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.model import Objects, RoleRef, Subject
from rbacpsp.rbac.near import is_one_letter_apart, missing_accounts, near_accounts, near_roles
from rbacpsp.testing import ClusterBuilder

NAMES = st.text("abAB-", max_size=6)


def objects(builder: ClusterBuilder) -> Objects:
    return builder.build().objects


def one_edit_away(name: str, letters: str) -> Iterator[str]:
    """Every name that differs from another in one letter, or in two neighbors that are swapped."""
    for at in range(len(name) + 1):
        yield from (name[:at] + letter + name[at:] for letter in letters)
    for at in range(len(name)):
        yield name[:at] + name[at + 1 :]
        yield from (name[:at] + letter + name[at + 1 :] for letter in letters)
        yield name[:at] + name[at : at + 2][::-1] + name[at + 2 :]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        *(("abcd", "axyd"), ("acbd", "axyd")),
        *(("abxz", "baxa"), ("abxa", "baxz")),
        *(("axzz", "bxaa"), ("axaa", "bxzz")),
        *(("abz", "xaba"), ("aba", "xabz")),
    ],
)
def test_two_other_letters_make_another_name(first: str, second: str) -> None:
    assert not is_one_letter_apart(first, second)
    assert not is_one_letter_apart(second, first)


@given(NAMES, NAMES)
def test_names_that_differ_by_one_letter_are_near(first: str, second: str) -> None:
    if first.lower() == second.lower():
        expected = first != second
    else:
        expected = min(len(first), len(second)) >= 3 and second in one_edit_away(first, "abAB-")
    assert is_one_letter_apart(first, second) is expected


@given(NAMES, st.data())
def test_an_edit_of_one_letter_is_found(name: str, data: st.DataObject) -> None:
    edited = data.draw(st.sampled_from(sorted(set(one_edit_away(name, "abAB-")))))
    expected = edited != name and (edited.lower() == name.lower() or min(len(edited), len(name)) >= 3)
    assert is_one_letter_apart(name, edited) is expected


@pytest.mark.parametrize(
    ("ref", "namespace", "said"),
    [
        (RoleRef(kind="ClusterRole", name="deploy"), "x", ("Role deploy exists in namespace x",)),
        (RoleRef(kind="ClusterRole", name="deploy"), "", ("Role deploy exists in namespace x",)),
        (RoleRef(kind="Role", name="deploy"), "y", ("Role deploy exists in namespace x",)),
        (RoleRef(kind="Role", name="viewer"), "x", ("ClusterRole viewer exists",)),
        (RoleRef(kind="ClusterRole", name="viewr"), "x", ("ClusterRole viewer has a similar name",)),
        (RoleRef(kind="Role", name="deplyo"), "x", ("Role deploy has a similar name",)),
        (RoleRef(kind="Role", name="deplyo"), "y", ()),
        (RoleRef(kind="Role", name="other"), "x", ()),
    ],
)
def test_roles_of_another_kind_namespace_or_spelling_are_named(
    ref: RoleRef, namespace: str, said: tuple[str, ...]
) -> None:
    known = objects(ClusterBuilder().role("deploy", namespace="x").role("viewer"))
    assert near_roles(known, ref, namespace) == said


def test_at_most_three_are_named() -> None:
    builder = ClusterBuilder()
    for namespace in "abcde":
        builder.role("deploy", namespace=namespace)
    ref = RoleRef(kind="Role", name="deploy")
    assert near_roles(objects(builder), ref, "x") == (
        "Role deploy exists in namespace a",
        "Role deploy exists in namespace b",
        "Role deploy exists in namespace c",
        "and 2 more are similar",
    )
    assert len(near_roles(objects(builder), ref, "a")) == 4


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        (Subject("ServiceAccount", "buildr", "x"), ("ServiceAccount builder has a similar name",)),
        (Subject("ServiceAccount", "builder", "y"), ("ServiceAccount builder exists in namespace x",)),
        (Subject("ServiceAccount", "default", "y"), ()),
        (Subject("ServiceAccount", "buildr", "y"), ()),
    ],
)
def test_accounts_of_another_namespace_or_spelling_are_named(subject: Subject, said: tuple[str, ...]) -> None:
    accounts = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "x"}}
        for name in ("builder", "default")
    ]
    assert near_accounts(objects(ClusterBuilder().add(*accounts)), subject) == said


def test_accounts_are_missing_only_where_the_accounts_of_their_namespace_were_read() -> None:
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "builder", "namespace": "x"},
    }
    subjects = [
        Subject("ServiceAccount", "builder", "x"),
        Subject("ServiceAccount", "gone", "x"),
        Subject("ServiceAccount", "gone", "y"),
        Subject("User", "gone"),
        Subject("Group", "gone"),
        Subject("User", "gone", "x"),
        Subject("Group", "gone", "x"),
        Subject("ServiceAccount", "gone"),
    ]
    read = objects(ClusterBuilder().add(account))
    assert list(missing_accounts(read, subjects)) == [Subject("ServiceAccount", "gone", "x")]
    assert list(missing_accounts(objects(ClusterBuilder()), subjects)) == []
    listed = objects(ClusterBuilder().add(account).namespace("x"))
    assert [each.namespace for each in missing_accounts(listed, subjects)] == ["x", "y"]


def test_suggestions_never_name_the_given_namespace() -> None:
    builder = ClusterBuilder()
    for namespace in ("shop", "ship"):
        builder.service_account(namespace, "builder")
    written = "shopping".removesuffix("ping")  # equal to the name in the cluster, and another object
    assert near_accounts(objects(builder), Subject("ServiceAccount", "builder", written)) == (
        "ServiceAccount builder exists in namespace ship",
    )
    for name in ("deploy", "deplox"):
        builder.role(name, namespace="shop").role(name)
    assert near_roles(objects(builder), RoleRef(kind="Role", name="deploy"), written) == (
        "ClusterRole deploy exists",
        "Role deplox has a similar name",
    )


def test_a_similar_name_in_another_namespace_is_not_suggested() -> None:
    builder = ClusterBuilder()
    for namespace in ("a", "z"):
        builder.service_account(namespace, "builders").role("deploys", namespace=namespace)
    around = objects(builder)
    assert near_accounts(around, Subject("ServiceAccount", "builder", "m")) == ()
    assert near_roles(around, RoleRef(kind="Role", name="deploy"), "m") == ()

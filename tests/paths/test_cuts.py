"""Compares the grants whose removal closes most paths with clusters without these grants."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import Cluster
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths import parse_place, search
from rbacpsp.testing import ClusterBuilder, rule
from tests.paths.clusters import base

GOAL = parse_place("cluster-admin")
ROLES = {
    "all": rule("*", "*", "*"),
    "tokens": rule("create", "serviceaccounts/token"),
    "pods": rule("create", "pods"),
    "read": rule("get", "pods"),
}
Bound = tuple[str, str, list[str]]
"""A role, the namespace of its binding (empty: of the cluster) and the subjects."""

bindings = st.lists(
    st.tuples(
        st.sampled_from(sorted(ROLES)),
        st.sampled_from(["", "a", "b"]),
        st.lists(
            st.sampled_from(["User/p", "User/q", "Group/g", "ServiceAccount/a:x", "ServiceAccount/b:y"]),
            min_size=1,
            max_size=3,
            unique=True,
        ),
    ),
    min_size=1,
    max_size=5,
)


def cluster_of(bound: list[Bound]) -> Cluster:
    builder = ClusterBuilder().namespace("a").namespace("b")
    builder.service_account("a", "x").service_account("b", "y")
    for name, held in ROLES.items():
        builder.role(name, held)
    for number, (role, namespace, subjects) in enumerate(bound):
        builder.bind(role, *subjects, namespace=namespace, kind="ClusterRole", name=f"b{number}")
    return builder.build(kubernetes_version="1.30")


def reaching(bound: list[Bound]) -> set[str]:
    return {path.start.words for path in cluster_of(bound).paths().to(GOAL)}


@given(bindings)
@settings(max_examples=25, deadline=None)
def test_a_cut_closes_the_paths_that_a_cluster_without_the_grant_lacks(bound: list[Bound]) -> None:
    before = reaching(bound)
    closed = {}
    for number, (role, namespace, subjects) in enumerate(bound):
        for subject in subjects:
            left: Bound = (role, namespace, [each for each in subjects if each != subject])
            without = [*bound[:number], left, *bound[number + 1 :]]
            closed[f"b{number}", subject] = len(before - reaching(without))
    cuts = cluster_of(bound).paths().cuts(GOAL, limit=100)
    assert {(cut.binding.name, subject_text(cut.subject)): cut.closed for cut in cuts} == {
        cut: count for cut, count in closed.items() if count
    }
    assert [cut.closed for cut in cuts] == sorted((cut.closed for cut in cuts), reverse=True)
    assert {cut.of for cut in cuts} <= {len(before)}


def test_only_the_grants_that_most_paths_pass_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = base().role("tokens", ROLES["tokens"])
    for name in ("zoe", "yan", "two", "one"):
        builder.bind("tokens", f"User/{name}", namespace="a", kind="ClusterRole", name=f"of-{name}")
    paths = builder.build().paths()
    grants = [(cut.subject.name, cut.closed) for cut in paths.cuts(GOAL)]
    assert grants == [("strong", 5), ("admins", 1), ("one", 1), ("two", 1), ("yan", 1)]
    assert len(paths.cuts(GOAL, limit=100)) == 6
    assert [cut.subject.name for cut in paths.cuts(GOAL, limit=2)] == ["strong", "admins"]
    monkeypatch.setattr(search, "CANDIDATES", 1)
    assert [cut.subject.name for cut in paths.cuts(GOAL)] == ["strong"]
    monkeypatch.setattr(search, "CANDIDATES", 3)
    assert [cut.subject.name for cut in paths.cuts(GOAL)] == ["strong", "admins", "one"]


def test_twelve_grants_are_tried() -> None:
    builder = base().role("tokens", ROLES["tokens"])
    for number in range(12):
        builder.bind("tokens", f"User/u{number}", namespace="a", kind="ClusterRole", name=f"b{number}")
    assert len(builder.build().paths().cuts(GOAL, limit=100)) == 12


def test_equal_cuts_come_by_the_namespace_and_the_name_of_their_binding() -> None:
    builder = base().role("tokens", ROLES["tokens"])
    for name, namespace in (("z", "a"), ("m", "a"), ("k", "")):
        builder.bind("tokens", f"User/{name}", namespace=namespace, kind="ClusterRole", name=f"{name}-tokens")
    cuts = builder.build().paths().cuts(GOAL)
    assert [(cut.binding.namespace, cut.binding.name) for cut in cuts] == [
        ("", "cluster-admin"),
        ("", "cluster-admin"),
        ("", "k-tokens"),
        ("a", "m-tokens"),
        ("a", "z-tokens"),
    ]


def test_a_subject_that_is_bound_twice_is_not_cut_off_by_either_binding() -> None:
    builder = base().role("tokens", ROLES["tokens"])
    for name in ("first", "second"):
        builder.bind("tokens", "User/eve", namespace="a", kind="ClusterRole", name=name)
    cuts = builder.build().paths().cuts(GOAL)
    assert {cut.subject.name for cut in cuts} == {"strong", "admins"}

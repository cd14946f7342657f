"""Tests what the view of a cluster leaves out of long searches, against searches of everything."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import Cluster
from rbacpsp.audit import Finding, audit
from rbacpsp.audit.rules.names import wrong_kind
from rbacpsp.audit.view import View
from rbacpsp.model import RoleBinding
from rbacpsp.model.subjects import groups_of
from rbacpsp.testing import ClusterBuilder, binding, rule

JSON = dict[str, Any]

PODS, NAMED = rule("get", "pods"), rule("get", "pods", names="one")
NAMES = st.sampled_from(
    [
        "ann",
        "default",
        "system:anonymous",
        "system:authenticated",
        "system:masters",
        "system:node:n1",
        "system:serviceaccount:a:ann",
        "system:serviceaccounts",
        "system:serviceaccounts:a",
        "system:serviceaccounts:b",
        "system:unauthenticated",
    ]
)
SUBJECTS = st.builds(
    lambda kind, name, namespace: (
        {"kind": kind, "name": name} | ({"namespace": namespace} if namespace else {})
    ),
    st.sampled_from(["User", "Group", "ServiceAccount", "Robot"]),
    NAMES,
    st.sampled_from(["", "a", "b"]),
)
ROLES = st.sampled_from([("ClusterRole", "one"), ("ClusterRole", "all"), ("Role", "local"), ("Role", "gone")])


@st.composite
def clusters(draw: st.DrawFn) -> Cluster:
    """Bindings with subjects that match nobody, names of another kind, and roles that do not exist."""
    builder = ClusterBuilder().namespace("a").namespace("b")
    builder.role("one", PODS, NAMED).role("spare", NAMED).role("local", NAMED, PODS, namespace="a")
    meta = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    selector = {"matchLabels": {"to": "all"}}
    builder.add(
        meta | {"metadata": {"name": "all"}, "aggregationRule": {"clusterRoleSelectors": [selector]}},
        meta | {"metadata": {"name": "part", "labels": {"to": "all"}}, "rules": [PODS]},
    )
    for number in range(draw(st.integers(1, 6))):
        kind, role = draw(ROLES)
        namespace = draw(st.sampled_from(["", "a", "b"]))
        made: JSON = binding(role, namespace=namespace, kind=kind, name=f"b{number}")
        builder.add(made | {"subjects": draw(st.lists(SUBJECTS, max_size=3))})
    return builder.build()


def view_of(cluster: Cluster) -> View:
    return View(cluster.objects, cluster.authorizer, None)


def found(cluster: Cluster, number: str) -> set[tuple[str, str, str]]:
    """The objects of the findings of a rule, with their details."""
    result = audit(cluster.objects, cluster.authorizer)
    every = [each for each in (*result.findings, *result.ruled_out) if each.rule.id == number]
    return {(each.scope, name_of(each), each.detail) for each in every}


def name_of(finding: Finding) -> str:
    assert finding.about is not None
    return finding.about.name


@settings(max_examples=150, deadline=None)
@given(clusters())
def test_every_subject_that_matches_nobody_is_found(cluster: Cluster) -> None:
    view = view_of(cluster)
    expected = {
        (each.namespace, each.name, subject.name)
        for each in view.bindings
        for subject in each.subjects
        if subject.kind not in {"User", "Group", "ServiceAccount"}
        or (subject.kind == "ServiceAccount" and not subject.namespace and not isinstance(each, RoleBinding))
    }
    reported = found(cluster, "RBP122")
    assert {(scope, name, detail.rpartition(": ")[0]) for scope, name, detail in reported} == expected


@settings(max_examples=150, deadline=None)
@given(clusters())
def test_every_name_of_another_kind_is_found(cluster: Cluster) -> None:
    expected = {
        (each.namespace, each.name, f"{subject.kind} {subject.name}: {why}")
        for each in view_of(cluster).bindings
        for subject in each.subjects
        if (why := wrong_kind(subject))
    }
    reported = found(cluster, "RBP144")
    assert {(scope, name, detail.partition(". The API")[0]) for scope, name, detail in reported} == expected


@settings(max_examples=100, deadline=None)
@given(clusters())
def test_every_role_that_no_binding_names_is_found(cluster: Cluster) -> None:
    view = view_of(cluster)
    bound = {
        (each.role_ref.kind, each.namespace if each.role_ref.kind == "Role" else "", each.role_ref.name)
        for each in view.bindings
    }
    own = {(role.kind, role.namespace, role.name) for role in view.every_role if not role.assumed}
    copied = {("ClusterRole", "", "part")}
    unbound = {(namespace, name) for _, namespace, name in own - bound - copied}
    assert {(scope, name) for scope, name, _ in found(cluster, "RBP124")} == unbound


@settings(max_examples=100, deadline=None)
@given(clusters(), NAMES)
def test_the_members_of_a_group_are_the_subjects_that_the_server_adds_to_it(
    cluster: Cluster, group: str
) -> None:
    view = view_of(cluster)
    expected = [
        subject
        for subject in view.by_subject
        if group in groups_of(subject) and (subject.kind, subject.name) != ("Group", group)
    ]
    assert list(view.members(group)) == expected
    assert list(view.members(group)) == expected


@settings(max_examples=50, deadline=None)
@given(clusters())
def test_the_rules_with_names_are_listed_with_their_roles(cluster: Cluster) -> None:
    view = view_of(cluster)
    own = [(role.name, index) for role, index, _ in view.named_rules if not role.assumed]
    assert sorted(own) == [("local", 0), ("one", 1), ("spare", 0)]
    assert all(role.rules[index] is each and each.resource_names for role, index, each in view.named_rules)

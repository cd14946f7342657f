"""Compares the findings that a change removes with an audit of the changed cluster."""

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import Cluster
from rbacpsp.audit.by_change import Remediation, changes
from rbacpsp.audit.finding import Finding
from rbacpsp.model import Document, Objects
from rbacpsp.testing import ClusterBuilder, rule

RULES = [
    rule("get list", "secrets"),
    rule("create", "pods pods/exec"),
    rule("create patch", "pods deployments"),
    rule("*", "secrets"),
    rule("get", "secrets", names="a b"),
    rule("impersonate", "users groups serviceaccounts"),
    rule("bind escalate", "roles clusterroles", "rbac.authorization.k8s.io"),
    rule("create", "rolebindings clusterrolebindings", "rbac.authorization.k8s.io"),
    rule("*", "*", "*"),
    rule("get", "pods"),
]
SUBJECTS = ["User/eve", "User/system:serviceaccount:a:boss", "Group/devs", "ServiceAccount/a:boss"]
ROLES = ["one", "two"]
Bound = tuple[str, str, list[str]]
"""A role, the namespace of its binding (empty: of the cluster) and the subjects."""


def cluster_of(roles: list[list[dict[str, list[str]]]], bindings: list[Bound]) -> Cluster:
    builder = ClusterBuilder().namespace("a").namespace("kube-system").service_account("a", "boss")
    for name, rules in zip(ROLES, roles, strict=True):
        builder.role(name, *rules)
    for number, (role, namespace, subjects) in enumerate(bindings):
        builder.bind(role, *subjects, namespace=namespace, kind="ClusterRole", name=f"b{number}")
    return builder.build(kubernetes_version="1.30")


clusters = st.builds(
    cluster_of,
    st.lists(st.lists(st.sampled_from(RULES), min_size=1, max_size=3), min_size=2, max_size=2),
    st.lists(
        st.tuples(
            st.sampled_from(ROLES),
            st.sampled_from(["", "a", "kube-system"]),
            st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=3, unique=True),
        ),
        min_size=1,
        max_size=4,
    ),
)


def made(cluster: Cluster, chosen: Iterable[Remediation]) -> Cluster:
    """The cluster with some changes made."""
    added, removed = Objects(), []
    for change in chosen:
        edited = change.edited()
        if edited is not None:
            added.add(edited, Document(""))
        elif change.target is not None:
            removed.append((change.target.kind, change.target.namespace, change.target.name))
    return cluster.changed(added, removed)


def kept(found: Iterable[Finding], cluster: Cluster) -> list[str]:
    """The findings that an audit of a cluster still has; a path counts by its first grant."""
    left = {finding.fingerprint for finding in cluster.audit().findings}
    return [each.title for each in found if each.way is None and each.fingerprint in left]


@given(clusters)
@settings(max_examples=40, deadline=None)
def test_findings_that_a_change_removes_are_absent_from_the_next_audit(cluster: Cluster) -> None:
    edits = [each for each in changes(cluster.audit().findings, None) if each.edits]
    for change in edits:
        assert kept(change.findings, made(cluster, [change])) == [], change.words
    everything = made(cluster, edits)
    assert kept((finding for edit in edits for finding in edit.every), everything) == []


@given(clusters)
@settings(max_examples=40, deadline=None)
def test_findings_that_need_several_changes_stay_after_one_of_them(cluster: Cluster) -> None:
    for change in changes(cluster.audit().findings, None):
        if change.edits and change.shared:
            left = {finding.fingerprint for finding in made(cluster, [change]).audit().findings}
            assert {each.fingerprint for each in change.shared if each.rule.permissions} <= left, change.words

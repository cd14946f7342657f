"""Tests the changes that remove findings: how they are grouped, what they break, and their edits."""

from datetime import date
from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.audit import Severity, read_policy
from rbacpsp.audit.by_change import Remediation, changes
from rbacpsp.audit.change import Changes, edit_words
from rbacpsp.audit.edits import Drop, GrantEdit, additions, narrow_role, remove_subjects
from rbacpsp.audit.finding import KNOWN, Evidence, RuleMatch
from rbacpsp.audit.permission import Match, Permission
from rbacpsp.audit.token_holders import TokenHolders
from rbacpsp.catalog.bootstrap_objects import of_any_version
from rbacpsp.files import load
from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    Document,
    ObjectMeta,
    Objects,
    PolicyRule,
    Role,
    RoleBinding,
    Subject,
)
from rbacpsp.testing import ClusterBuilder, pod, role, rule
from tests.paths.clusters import base, template

SAMPLES = ("acme", "psp-on-eks", "psp-by-example", "rbac-workshop", "bootstrap-1.36")


def changes_of(cluster: Cluster) -> tuple[Remediation, ...]:
    return changes(cluster.audit().findings, TokenHolders(cluster.paths().view))


def with_change(cluster: Cluster, change: Remediation) -> Cluster:
    edited = change.edited()
    if edited is None:
        assert change.target is not None
        return cluster.changed(removed=[(change.target.kind, change.target.namespace, change.target.name)])
    added = Objects()
    added.add(edited, Document("edited"))
    return cluster.changed(added)


def summaries(found: tuple[Remediation, ...]) -> list[tuple[str, str, int, int]]:
    return [(str(each.severity), each.words, len(each.findings), len(each.shared)) for each in found]


def test_findings_are_one_change_where_one_edit_removes_them() -> None:
    builder = ClusterBuilder().namespace("a").role("r", rule("create", "pods"), rule("get", "secrets"))
    cluster = builder.bind("r", "User/ann", "User/bob", namespace="a", kind="ClusterRole").build()
    (first,) = [each for each in changes_of(cluster) if each.edits]
    assert first.sentences == ("delete rules 1 and 2 of ClusterRole r",)
    assert [holder.name for holder in first.holders] == ["ann", "bob"]
    assert {finding.rule.id for finding in first.findings} >= {"RBP010", "RBP040"}


def test_a_binding_without_remaining_subjects_is_deleted_and_others_are_kept() -> None:
    builder = ClusterBuilder().role("all", rule("*", "*", "*"))
    builder.bind("all", "User/ann", "User/bob", name="both").bind("all", "Group/system:masters", "User/cid")
    assert [each.words for each in changes_of(builder.build())] == [
        "delete ClusterRoleBinding both",
        "remove User/cid from ClusterRoleBinding all",
    ]


def test_the_parts_of_a_rule_that_are_lost_alike_are_named_together() -> None:
    both = PolicyRule(verbs=("get", "create"), api_groups=("",), resources=("pods", "secrets"))
    apps = PolicyRule(
        verbs=("create", "patch"),
        api_groups=("apps",),
        resources=("deployments", "statefulsets", "daemonsets"),
    )
    narrowed = ClusterRole(metadata=ObjectMeta(name="r"), rules=(both, both, both, apps))
    drops = (
        *(Drop(index, resource, frozenset(both.verbs)) for index in (0, 1) for resource in both.resources),
        Drop(2, "pods", frozenset(both.verbs)),
        *(Drop(3, resource, frozenset({"create"})) for resource in ("deployments", "daemonsets")),
    )
    assert edit_words(GrantEdit(narrowed, drops=drops)) == (
        "delete rules 1 and 2 of ClusterRole r",
        "move daemonsets, deployments out of rule 4 of ClusterRole r into a rule without the verb create",
        "remove the resource pods from rule 3 of ClusterRole r",
    )


def test_a_finding_with_two_grants_needs_two_changes() -> None:
    builder = (
        ClusterBuilder()
        .namespace("a")
        .role("one", rule("get", "secrets"))
        .role("two", rule("list", "secrets"))
    )
    builder.bind("one", "User/ann", namespace="a", kind="ClusterRole")
    builder.bind("two", "User/ann", namespace="a", kind="ClusterRole")
    result = [each for each in changes_of(builder.build(kubernetes_version="1.30")) if each.edits]
    assert summaries(tuple(result)) == [
        ("medium", "delete rule 1 of ClusterRole one", 0, 1),
        ("medium", "delete rule 1 of ClusterRole two", 0, 1),
    ]


def test_a_change_names_the_loaded_workload_that_loses_the_permission() -> None:
    cluster = base().add(pod("boss", namespace="a", serviceAccountName="strong")).build()
    (full,) = [each for each in changes_of(cluster) if "cluster-admin" in each.words]
    assert full.breaks == ("Pod a/boss",)
    unused = base().add(pod("p", namespace="a", automountServiceAccountToken=False)).build()
    (full,) = [each for each in changes_of(unused) if "cluster-admin" in each.words]
    assert full.breaks == ()


@pytest.mark.parametrize(
    ("kind", "breaks"), [("PodTemplate", ()), ("ReplicationController", ("ReplicationController a/web",))]
)
def test_a_pod_template_loses_nothing_since_it_does_not_run(kind: str, breaks: tuple[str, ...]) -> None:
    cluster = base().add(template(kind, namespace="a", serviceAccountName="strong")).build()
    (full,) = [each for each in changes_of(cluster) if "cluster-admin" in each.words]
    assert full.breaks == breaks


@pytest.mark.parametrize(
    "group", ["system:serviceaccounts:a", "system:serviceaccounts", "system:authenticated"]
)
def test_a_change_names_the_workloads_that_lose_a_permission_of_their_groups(group: str) -> None:
    builder = ClusterBuilder().namespace("a").service_account("a", "web").role("r", rule("create", "pods"))
    builder.add(pod("web", namespace="a", serviceAccountName="web"))
    (change,) = changes_of(
        builder.bind("r", f"Group/{group}", "User/ann", namespace="a", kind="ClusterRole").build()
    )[:1]
    assert change.breaks == ("Pod a/web",)


def test_a_change_names_the_workloads_of_every_holder_of_a_narrowed_role() -> None:
    """A finding that is not reported, or the role that copies these rules, does not hide its holders."""
    part = role("r", rule("create", "pods"))
    part["metadata"]["labels"] = {"part": "x"}
    whole = {**role("all"), "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"part": "x"}}]}}
    builder = ClusterBuilder().namespace("a").add(part, whole)
    builder.bind("r", "User/ann", namespace="a", kind="ClusterRole")
    for name, bound in (("hidden", "r"), ("other", "all")):
        builder.service_account("a", name).add(pod(name, namespace="a", serviceAccountName=name))
        builder.bind(bound, f"ServiceAccount/a:{name}", namespace="a", kind="ClusterRole", name=name)
    cluster = builder.build()
    reported = [each for each in cluster.audit().findings if each.subject and each.subject.name == "ann"]
    change = next(
        each
        for each in changes(reported, TokenHolders(cluster.paths().view))
        if "ClusterRole r" in each.words
    )
    assert change.breaks == ("Pod a/hidden", "Pod a/other")


@pytest.mark.parametrize("name", SAMPLES)
def test_no_change_edits_a_role_that_kubernetes_makes(name: str) -> None:
    own = of_any_version()
    for change in changes_of(load(f"sample_clusters/{name}")):
        if change.edits and isinstance(change.target, Role | ClusterRole):
            assert not own.role(change.target)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_finding_is_in_a_change(name: str) -> None:
    cluster = load(f"sample_clusters/{name}")
    fingerprints = {each.fingerprint for change in changes_of(cluster) for each in change.every}
    assert fingerprints == {finding.fingerprint for finding in cluster.audit().findings}


@pytest.mark.parametrize("name", SAMPLES)
def test_an_audit_after_a_change_lacks_the_findings_that_it_removes(name: str) -> None:
    cluster = load(f"sample_clusters/{name}")
    for change in changes_of(cluster):
        if change.edits:
            left = {finding.fingerprint for finding in with_change(cluster, change).audit().findings}
            permissions = {finding.fingerprint for finding in change.findings if finding.way is None}
            assert not permissions & left, change.words


@pytest.mark.parametrize("name", SAMPLES)
def test_only_the_subjects_of_the_finding_are_removed_from_a_binding(name: str) -> None:
    for change in changes_of(load(f"sample_clusters/{name}")):
        target = change.target
        if change.edits and isinstance(target, RoleBinding | ClusterRoleBinding):
            left = change.edited()
            kept = left.subjects if isinstance(left, RoleBinding | ClusterRoleBinding) else ()
            gone = {subject.name for subject in target.subjects if subject not in kept}
            assert gone == {edit.leaves.name for edit in change.edits if edit.leaves}
            assert gone <= {holder.name for holder in change.holders}


def test_the_worst_change_comes_first_then_the_one_that_removes_most() -> None:
    result = changes_of(load("sample_clusters/acme"))
    keys = [(each.severity.rank, -len(each.findings)) for each in result]
    assert keys == sorted(keys)
    assert result[0].severity is Severity.CRITICAL


def test_a_rule_is_narrowed_to_what_the_change_leaves() -> None:
    builder = ClusterBuilder().role("r", rule("get create patch", "pods services secrets"))
    cluster = builder.bind("r", "User/ann").build()
    (change,) = [each for each in changes_of(cluster) if each.edits]
    role = change.edited()
    assert isinstance(role, ClusterRole)
    assert [(each.verbs, each.resources) for each in role.rules] == [
        (("get", "create", "patch"), ("services",)),
        (("get",), ("pods",)),
    ]


def test_a_change_that_is_only_advice_edits_nothing() -> None:
    cluster = load("sample_clusters/acme")
    (advice, *_) = [each for each in changes_of(cluster) if not each.edits]
    with pytest.raises(ValueError, match="not an edit of a binding or a role"):
        advice.edited()


BASIC = rule("create", "selfsubjectaccessreviews selfsubjectrulesreviews", "authorization.k8s.io")
REVIEWS = rule("create", "selfsubjectreviews", "authentication.k8s.io")
EVERYTHING = rule("*", "*", "*")
TWO_GROUPS = {"apiGroups": ["authorization.k8s.io", "apps"]}


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([BASIC, rule("list", "secrets")], "delete rule 2 of ClusterRole system:basic-user"),
        ([rule("list", "secrets"), BASIC], "delete rule 1 of ClusterRole system:basic-user"),
        ([BASIC, REVIEWS, EVERYTHING], "delete rule 3 of ClusterRole system:basic-user"),
        ([EVERYTHING], "restore ClusterRole system:basic-user as Kubernetes creates it"),
    ],
)
def test_what_was_added_to_a_role_that_kubernetes_creates_is_removed(
    rules: list[dict[str, Any]], words: str
) -> None:
    builder = ClusterBuilder().role("system:basic-user", *rules)
    builder.bind("system:basic-user", "Group/system:authenticated")
    cluster = builder.build(kubernetes_version="1.30")
    found = changes_of(cluster)
    assert {each.words for each in found} == {words}
    by_finding = Changes()
    assert {by_finding.of(finding) for finding in cluster.audit().findings} == {(words,)}
    if found[0].edits:
        assert with_change(cluster, found[0]).audit().findings == ()


def test_a_subject_that_was_added_to_a_binding_that_kubernetes_creates_is_removed() -> None:
    builder = ClusterBuilder().role("system:basic-user", BASIC, rule("list", "secrets"))
    builder.bind("system:basic-user", "Group/system:authenticated", "User/ann")
    found = changes_of(builder.build(kubernetes_version="1.30"))
    assert {(each.words, each.holders) for each in found} == {
        (
            "delete rule 2 of ClusterRole system:basic-user",
            (Subject("Group", "system:authenticated"),),
        ),
        ("remove User/ann from ClusterRoleBinding system:basic-user", (Subject("User", "ann"),)),
    }


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule("create delete", "selfsubjectaccessreviews", "authorization.k8s.io")], {"delete"}),
        ([rule("create", "selfsubjectaccessreviews", "authorization.k8s.io")], set()),
        ([rule("create delete", "selfsubjectaccessreviews") | TWO_GROUPS], set()),
    ],
)
def test_a_verb_that_kubernetes_grants_itself_stays(rules: list[dict[str, Any]], expected: set[str]) -> None:
    builder = ClusterBuilder().role("system:basic-user", *rules)
    objects = builder.bind("system:basic-user", "Group/system:authenticated").build().objects
    verbs = objects.cluster_roles["system:basic-user"].rules[0].verbs
    match = Match(Permission(verbs, "selfsubjectaccessreviews", "authorization.k8s.io"), verbs)
    evidence = Evidence(
        objects.cluster_role_bindings["system:basic-user"],
        objects.cluster_roles["system:basic-user"],
        (RuleMatch(0, match),),
    )
    assert {verb for drop in additions(evidence) for verb in drop.verbs} == expected


def test_a_label_names_the_pods_that_the_baseline_level_refuses() -> None:
    builder = ClusterBuilder().namespace("a").namespace("b")
    builder.add(pod("plain", namespace="a"), pod("agent", namespace="b", hostPID=True))
    builder.add(template("PodTemplate", namespace="b", hostPID=True))
    found = changes_of(builder.build(kubernetes_version="1.30"))
    labels = [each for each in found if each.words.startswith("label namespace")]
    assert [(each.words[:17], each.breaks) for each in labels] == [
        ("label namespace b", ("Pod b/agent",)),
        ("label namespace a", ()),
    ]


def test_nothing_is_left_of_a_role_without_rules_and_of_a_binding_without_subjects() -> None:
    objects = base().build().objects
    binding = objects.cluster_role_bindings["cluster-admin"]
    assert remove_subjects(binding, frozenset(binding.subjects)) is None
    assert narrow_role(objects.cluster_roles["cluster-admin"], ()).rules == (
        objects.cluster_roles["cluster-admin"].rules
    )


def test_a_role_whose_findings_are_accepted_is_not_changed() -> None:
    builder = ClusterBuilder().namespace("a").role("r", rule("create", "pods"))
    builder.bind("r", "User/ann", namespace="a", kind="ClusterRole", name="ann")
    builder.bind("r", "User/bob", namespace="a", kind="ClusterRole", name="bob")
    cluster = builder.build(kubernetes_version="1.30")
    exception = {
        "rule": "RBP040",
        "subject": "User/ann",
        "owner": "o",
        "reason": "r",
        "expires": "2030-01-01",
    }
    head = {"apiVersion": "rbacpsp.io/v1", "kind": "AuditPolicy"}
    audit = cluster.audit(policy=read_policy({**head, "exceptions": [exception]}), today=date(2029, 1, 1))
    words = [
        change.words
        for change in changes(audit.findings, None, audit.ruled_out)
        if "RBP040" in {one.rule.id for one in change.every}
    ]
    assert words == ["delete RoleBinding a/bob"]
    known = tuple(each.because(KNOWN) for each in audit.ruled_out)
    everything = cluster.audit().findings
    assert "delete rule 1 of ClusterRole r" in {change.words for change in changes(everything, None, known)}

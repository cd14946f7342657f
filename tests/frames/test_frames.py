"""Tests that frames have the documented columns, and the authorizer's answers as rows."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings

from rbacpsp import Cluster, Request
from rbacpsp.auditlog.reading import Reader
from rbacpsp.auditlog.record import Record
from rbacpsp.auditlog.usage import Usage
from rbacpsp.frames import COLUMNS, Frames
from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    Document,
    ObjectMeta,
    Objects,
    PolicyRule,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacpsp.testing import ClusterBuilder
from tests.auditlog.events import event, lines, pods
from tests.graph.small_clusters import clusters

MANUAL = Path(__file__).parents[2] / "docs" / "frames.md"

WHO = "subject subject_kind subject_namespace subject_name"
PROMISED = {
    "subjects": "subject kind namespace name loaded real bindings assumed",
    "bindings": "kind namespace name role_kind role subjects error assumed",
    "roles": "kind namespace name rules bindings aggregated computed assumed",
    "rules": "role_kind role_namespace role rule verbs api_groups resources resource_names "
    "non_resource_urls assumed",
    "grants": f"{WHO} scope binding_kind binding role_kind role rule "
    "verbs api_groups resources resource_names non_resource_urls assumed",
    "policies": "policy privileged allow_privilege_escalation host_network host_pid host_ipc "
    "read_only_root_filesystem run_as_user run_as_group supplemental_groups fs_group se_linux volumes "
    "allowed_capabilities default_add_capabilities required_drop_capabilities",
    "policy_users": f"policy {WHO} scope through controls "
    "binding_kind binding role_kind role rule wildcard assumed",
    "constraints": "scc order priority points level privileged allow_privilege_escalation host_network "
    "host_pid host_ipc host_ports read_only_root_filesystem run_as_user supplemental_groups fs_group "
    "se_linux volumes allowed_capabilities default_add_capabilities required_drop_capabilities "
    "seccomp_profiles assumed",
    "constraint_users": f"scc {WHO} scope listed as_account controls "
    "binding_kind binding role_kind role rule assumed",
    "usage": f"{WHO} scope binding_kind binding role_kind role rule used count alone last",
    "findings": f"severity rule title {WHO} scope about_kind "
    "about_namespace about permission detail grants change fingerprint",
    "paths": f"{WHO} goal actions step who how reaches permission through because own",
    "workloads": "namespace kind name subject service_account creator pods verdict refused policy recorded "
    "message notes",
    "pod_security": "namespace enforce enforce_version audit warn exempt could_enforce pods workloads "
    "blockers checks",
    "who_can": f"{WHO} scope through controls binding_kind binding role_kind role rule assumed",
    "changes": f"change {WHO} scope verbs api_groups resources "
    "resource_names non_resource_urls except bindings roles",
}


def frames_of(objects: Objects) -> Frames:
    return Cluster(objects).frames


@pytest.fixture
def frames() -> Frames:
    return (
        ClusterBuilder()
        .service_account("a", "web")
        .service_account("a", "idle")
        .policy("tight", volumes=["secret", "projected"])
        .may_use("tight", "Group/system:serviceaccounts:a", "User/alice", namespace="a")
        .role("all", {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})
        .bind("all", "User/root", "User/system:serviceaccount:a:web")
        .bind("lost", "User/bob", namespace="b")
        .build()
        .frames
    )


def frame_of(frames: Frames, name: str) -> pd.DataFrame:
    """A frame by name; `usage` comes from a log with one request."""
    match name:
        case "usage":
            return frames.usage(seen())
        case "changes":
            return frames.changes(Cluster.from_objects([]))
        case "who_can":
            cluster: Any = frames._cluster
            return pd.DataFrame(cluster.who_can(Request("get", resource="pods", namespace="a")).frame())
    result: pd.DataFrame = getattr(frames, name)
    return result


def seen() -> Usage:
    reader = Reader(Record())
    reader.read("log", "log", [lines([event(user="root", ref=pods("web", "a"))])])
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    built = ClusterBuilder().role("all", everything).bind("all", "User/root", "User/idle").build()
    return Usage(built, reader)


def test_a_row_of_use_counts_the_requests_that_a_grant_allowed(frames: Frames) -> None:
    frame = frames.usage(seen())
    assert frame[["subject_name", "rule", "used", "count", "alone", "last"]].to_numpy().tolist() == [
        ["idle", 0, False, 0, 0, ""],
        ["root", 0, True, 1, 1, "2026-11-01T10:00:00.000000Z"],
    ]


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_and_their_dtypes_are_those_documented(frames: Frames, name: str) -> None:
    for frame in (frame_of(frames, name), frame_of(frames_of(Objects()), name)):
        assert list(frame.columns) == PROMISED[name].split() == list(COLUMNS[name])
        assert [str(dtype) for dtype in frame.dtypes] == [dtype for dtype, _ in COLUMNS[name].values()]
        assert isinstance(frame.index, pd.RangeIndex)
        assert not frame.isna().any().any()


def test_assumed_objects_are_marked() -> None:
    binding = ClusterBuilder().bind("cluster-admin", "Group/ops").objects
    found = Cluster.from_objects(binding, bootstrap="auto").frames
    assert found.roles[["name", "assumed"]].to_numpy().tolist() == [["cluster-admin", True]]
    assert found.grants[["subject_name", "assumed"]].to_numpy().tolist() == [["ops", True], ["ops", True]]
    assert not found.bindings.assumed.any()
    assert found.rules.assumed.all()


@pytest.mark.parametrize("name", COLUMNS)
def test_categories_are_the_texts_that_occur_sorted(frames: Frames, name: str) -> None:
    frame = frame_of(frames, name)
    for column, (dtype, _) in COLUMNS[name].items():
        if dtype == "category":
            assert list(frame[column].cat.categories) == sorted(set(frame[column]))


def test_the_manual_lists_every_column_with_its_meaning() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    for name, columns in COLUMNS.items():
        section = text.partition(f"## `{name}`\n")[2].partition("\n## ")[0]
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \|$", section, re.MULTILINE)
        assert rows == [(column, dtype, meaning) for column, (dtype, meaning) in columns.items()]


def test_a_frame_is_made_once(frames: Frames) -> None:
    assert frames.grants is frames.grants


def test_subjects_are_those_of_bindings_and_the_loaded_accounts(frames: Frames) -> None:
    assert frames.subjects[["kind", "namespace", "name", "loaded", "bindings"]].to_numpy().tolist() == [
        ["Group", "", "system:serviceaccounts:a", False, 1],
        ["ServiceAccount", "a", "idle", True, 0],
        ["ServiceAccount", "a", "web", True, 0],
        ["User", "", "alice", False, 1],
        ["User", "", "bob", False, 1],
        ["User", "", "root", False, 1],
        ["User", "", "system:serviceaccount:a:web", False, 1],
    ]


def test_a_binding_to_a_missing_role_is_marked(frames: Frames) -> None:
    lost = frames.bindings.query("name == 'lost'")
    assert lost.error.tolist() == ['role.rbac.authorization.k8s.io "lost" not found']
    assert "User/bob" not in set(frames.grants.subject)


def test_roles_and_rules_are_counted_and_listed(frames: Frames) -> None:
    assert frames.roles[["kind", "name", "rules", "bindings"]].to_numpy().tolist() == [
        ["ClusterRole", "all", 1, 1],
        ["Role", "psp:tight", 1, 1],
    ]
    assert frames.rules[["role", "rule", "verbs", "resource_names"]].to_numpy().tolist() == [
        ["all", 0, "*", ""],
        ["psp:tight", 0, "use", "tight"],
    ]


def test_policies_show_what_they_allow(frames: Frames) -> None:
    policy = frames.policies.iloc[0]
    assert (policy.policy, policy.privileged, policy.allow_privilege_escalation) == ("tight", False, True)
    assert policy.volumes == "secret, projected"


def test_policy_users_have_the_grant_and_whether_it_is_a_wildcard(frames: Frames) -> None:
    shown = frames.policy_users[["subject_kind", "subject_name", "scope", "through", "binding", "wildcard"]]
    assert shown.to_numpy().tolist() == [
        ["Group", "system:masters", "", "", "", True],
        ["Group", "system:serviceaccounts:a", "a", "", "psp:tight", False],
        ["ServiceAccount", "idle", "a", "Group system:serviceaccounts:a", "psp:tight", False],
        ["ServiceAccount", "web", "", "User system:serviceaccount:a:web", "all", True],
        ["ServiceAccount", "web", "a", "Group system:serviceaccounts:a", "psp:tight", False],
        ["User", "alice", "a", "", "psp:tight", False],
        ["User", "root", "", "", "all", True],
    ]


def plainly(objects: Objects) -> Counter[tuple[object, ...]]:
    """A naive list of the grants: each binding, each subject that matches somebody, each rule."""
    counts: Counter[tuple[object, ...]] = Counter()
    bindings: list[ClusterRoleBinding | RoleBinding] = [*objects.cluster_role_bindings.values()]
    for binding in [*bindings, *objects.role_bindings.values()]:
        scope, ref = binding.metadata.namespace, binding.role_ref
        role = {
            "Role": objects.roles.get((scope, ref.name)) if scope else None,
            "ClusterRole": objects.cluster_roles.get(ref.name),
        }.get(ref.kind)
        for kind, namespace, name in {
            (
                subject.kind,
                subject.namespace or (scope if subject.kind == "ServiceAccount" else ""),
                subject.name,
            )
            for subject in binding.subjects
        }:
            if kind in {"User", "Group"} or (kind == "ServiceAccount" and namespace):
                for index, rule in enumerate(role.rules if role else ()):
                    verbs = ", ".join(rule.verbs)
                    counts[
                        kind, namespace, name, scope, binding.kind, binding.name, ref.name, index, verbs
                    ] += 1
    return counts


def test_a_policy_that_was_not_loaded_has_no_users() -> None:
    built = ClusterBuilder().policy("here").may_use("gone", "User/alice").build()
    assert set(built.frames.policy_users["policy"]) == {"here"}


@given(clusters())
@settings(deadline=None)
def test_the_grants_are_bindings_times_subjects_times_rules(objects: Objects) -> None:
    columns = [
        "subject_kind",
        "subject_namespace",
        "subject_name",
        "scope",
        "binding_kind",
        "binding",
        "role",
        "rule",
        "verbs",
    ]
    rows = frames_of(objects).grants[columns]
    assert Counter(map(tuple, rows.to_numpy().tolist())) == plainly(objects)


def test_two_hundred_thousand_grants_are_a_row_each() -> None:
    objects, document = Objects(), Document("many")
    for number in range(500):
        rules = tuple(PolicyRule(("get",), ("",), (f"r{number}-{place}",)) for place in range(4))
        objects.add(ClusterRole(metadata=ObjectMeta(name=f"role-{number}"), rules=rules), document)
    for number in range(25_000):
        subjects = (Subject("User", f"user-{number % 9000}"), Subject("ServiceAccount", f"sa-{number % 7}"))
        meta = ObjectMeta(name=f"binding-{number}", namespace=f"ns-{number % 3000}")
        ref = RoleRef(kind="ClusterRole", name=f"role-{number % 500}")
        objects.add(RoleBinding(metadata=meta, subjects=subjects, role_ref=ref), document)
    assert len(frames_of(objects).grants) == 200_000

"""Tests the frames of findings, paths, workloads and answers: they can be stored, joined and combined."""

import sqlite3
from collections import Counter
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import rbacpsp
from rbacpsp import Cluster, Request
from rbacpsp.frames import COLUMNS, concat, frame_of
from rbacpsp.paths import parse_place
from rbacpsp.testing import ClusterBuilder
from tests.frames.test_frames import frame_of as frame_named

DELETE = Request("delete", resource="pods", namespace="prod")


@cache
def acme() -> Cluster:
    return rbacpsp.load("sample_clusters/acme")


@cache
def migrated() -> Cluster:
    return rbacpsp.load("sample_clusters/psp-migration")


@pytest.fixture(params=["acme", "psp-migration", "empty"])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    if request.param == "empty":
        return Cluster.from_objects([])
    return acme() if request.param == "acme" else migrated()


@pytest.mark.parametrize("name", COLUMNS)
def test_every_frame_is_stored_as_parquet_and_comes_back(cluster: Cluster, name: str, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow writes Parquet: install the extra notebook")
    frame = frame_named(cluster.frames, name)
    frame.to_parquet(tmp_path / "frame.parquet")
    back = pd.read_parquet(tmp_path / "frame.parquet")
    assert back.astype(object).to_numpy().tolist() == frame.astype(object).to_numpy().tolist()
    assert list(back.columns) == list(frame.columns)


@pytest.mark.parametrize("name", COLUMNS)
def test_every_frame_is_stored_in_a_database_and_comes_back(cluster: Cluster, name: str) -> None:
    frame = frame_named(cluster.frames, name)
    database = sqlite3.connect(":memory:")
    try:
        frame.to_sql("frame", database, index=False)
        back = pd.read_sql("select * from frame", database)
    finally:
        database.close()
    assert back.to_numpy().tolist() == frame.astype(object).to_numpy().tolist()


@pytest.mark.parametrize("name", COLUMNS)
def test_concatenated_frames_of_two_clusters_keep_their_dtypes(name: str) -> None:
    one, other = (frame_named(each.frames, name) for each in (acme(), migrated()))
    both = concat({"acme": one, "migrated": other})
    assert list(both.columns) == ["cluster", *COLUMNS[name]]
    assert [str(dtype) for dtype in both.dtypes] == [
        "category",
        *(kind for kind, _ in COLUMNS[name].values()),
    ]
    rows = [["acme", *row] for row in one.astype(object).to_numpy().tolist()]
    rows += [["migrated", *row] for row in other.astype(object).to_numpy().tolist()]
    assert both.astype(object).to_numpy().tolist() == rows
    assert len(pd.concat([each for each in (one, other) if len(each)] or [one])) == len(both)


def test_frames_that_cannot_be_joined_are_reported() -> None:
    with pytest.raises(ValueError, match="at least one DataFrame"):
        concat({})
    with pytest.raises(ValueError, match="the columns of 'b' are not those of the first"):
        concat({"a": acme().frames.roles, "b": acme().frames.rules})
    with pytest.raises(TypeError, match="a mapping of names to DataFrames"):
        concat([acme().frames.roles])  # type: ignore[arg-type]  # the slip that is tested


def test_a_subject_is_the_same_plain_text_in_every_frame() -> None:
    frames = migrated().frames
    assert ("is " + frames.grants.subject).str.startswith("is ").all()
    who = set(frames.subjects.subject)
    for name in ("grants", "policy_users", "findings", "paths", "workloads"):
        mine = set(frame_named(frames, name).subject) - {""}
        assert {text.partition("/")[0] for text in mine} <= {"User", "Group", "ServiceAccount"}
    assert set(frames.grants.subject) <= who
    joined = frames.grants.merge(frames.subjects, on="subject", suffixes=("", "_of_subject"))
    assert len(joined) == len(frames.grants)


@pytest.mark.parametrize("name", [name for name, columns in COLUMNS.items() if "subject" in columns])
def test_every_frame_of_subjects_is_joined_with_those_of_another_cluster(name: str) -> None:
    frame, subjects = frame_named(migrated().frames, name), acme().frames.subjects
    bindings = dict(zip(subjects.subject, subjects.bindings, strict=True))
    joined = frame.merge(subjects[["subject", "bindings"]], on="subject", suffixes=("", "_there"))
    result = [subject for subject in frame.subject if subject in bindings]
    assert joined.subject.tolist() == result
    assert joined.iloc[:, -1].tolist() == [bindings[subject] for subject in result]
    other = frame_named(acme().frames, name)
    text = [column for column, (kind, _) in COLUMNS[name].items() if kind == "category"][:2]
    both = frame.merge(other, on=text, suffixes=("", "_there"))
    pairs = Counter(map(tuple, other[text].astype(str).to_numpy().tolist()))
    assert len(both) == sum(pairs[tuple(row)] for row in frame[text].astype(str).to_numpy().tolist())


def test_the_findings_are_those_of_the_audit() -> None:
    audit = acme().audit()
    frame = audit.frame()
    assert sorted(frame.fingerprint) == sorted(finding.fingerprint for finding in audit.findings)
    assert frame.severity.value_counts().to_dict() == {
        str(severity): count for severity, count in audit.counts().items() if count
    }
    assert frame.equals(acme().frames.findings)
    first = frame[frame.rule == "RBP001"].iloc[0]
    assert (first.subject, first.scope, first.grants) == ("Group/acme:platform", "", 1)
    assert first.change == "remove Group/acme:platform from ClusterRoleBinding cluster-admins"


def test_the_steps_of_a_path_are_in_their_order() -> None:
    frame = acme().paths().frame()
    path = max(acme().paths().to(parse_place("node")), key=lambda path: len(path.steps))
    mine = frame[(frame.subject == path.start.words) & (frame.goal == "node")]
    assert len(path.steps) > 2
    assert mine.how.tolist() == [step.technique.title for step in path.steps]
    assert mine.step.tolist() == list(range(1, len(path.steps) + 1))
    assert set(mine.actions) == {path.length}
    assert frame.equals(acme().frames.paths)


def test_workloads_are_those_of_the_simulation() -> None:
    simulation = migrated().simulate()
    shown = simulation.frame()[["namespace", "kind", "name", "verdict", "policy", "pods", "refused"]]
    assert shown.to_numpy().tolist() == [
        [
            row.namespace,
            row.kind,
            row.name,
            row.verdict.value,
            ", ".join(row.policies),
            len(row.pods),
            row.refused,
        ]
        for row in simulation
    ]


def test_a_server_without_policies_has_a_frame_of_workloads_too() -> None:
    frame = acme().frames.workloads
    assert set(frame.verdict) == {""}
    assert not frame.refused.any()
    velero = frame[frame.name == "velero"].iloc[0]
    assert (velero.namespace, velero.kind, velero.subject) == (
        "backup",
        "Deployment",
        "ServiceAccount/backup:velero",
    )


def test_the_pod_security_of_a_namespace_has_its_level_and_the_strictest_possible_one() -> None:
    labels = {
        "pod-security.kubernetes.io/enforce": "baseline",
        "pod-security.kubernetes.io/enforce-version": "v1.25",
    }
    spec = {"containers": [{"name": "app", "image": "a", "securityContext": {"privileged": True}}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a"}, "spec": spec}
    frame = ClusterBuilder().namespace("a", labels).namespace("b").add(pod).build().frames.pod_security
    assert frame[frame.namespace.isin(["a", "b"])].to_numpy().tolist() == [
        ["a", "baseline", "v1.25", "privileged", "baseline", False, "privileged", 1, 0, 1, "privileged"],
        ["b", "privileged", "latest", "privileged", "privileged", False, "restricted", 0, 0, 0, ""],
    ]


def test_who_can_has_a_row_for_each_grant_and_one_for_masters() -> None:
    answer = acme().who_can(DELETE)
    frame = answer.frame()
    assert len(frame) == 1 + sum(len(access.grants) for access in answer)
    masters = frame[frame.subject == "Group/system:masters"]
    assert masters.rule.tolist() == [-1]
    assert "ServiceAccount/argocd:argocd-application-controller" in set(frame.subject)


def test_changes_are_what_was_gained_and_lost() -> None:
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    old = ClusterBuilder().role("read", rule).bind("read", "User/alice").build()
    new = ClusterBuilder().role("read", rule).bind("read", "User/bob").build()
    difference = rbacpsp.diff(old, new)
    columns = ["change", "subject", "scope", "verbs", "resources", "bindings", "roles"]
    assert difference.frame()[columns].to_numpy().tolist() == [
        ["gained", "User/bob", "", "get", "pods", "read", "read"],
        ["lost", "User/alice", "", "get", "pods", "read", "read"],
    ]
    assert new.frames.changes(old).equals(difference.frame())
    assert new.frames.changes(difference).equals(difference.frame())
    with pytest.raises(TypeError, match=r"old must be a Cluster or what rbacpsp.diff returns, not \"last\""):
        new.frames.changes("last")  # type: ignore[arg-type]  # the slip that is tested


def test_other_objects_have_no_frame() -> None:
    with pytest.raises(TypeError, match="there is no frame of 5"):
        frame_of(5)

"""Tests that a redacted cluster has no name of users, groups or namespaces, and gives the same answers."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp import Cluster, Request, User, load
from rbacpsp.cli import main
from rbacpsp.model.server import SourceServer, UnlistedKind
from rbacpsp.testing import ClusterBuilder, pod

SECRETS = ("alice", "acme", "payments", "Kestrel", "warehouse")
READ = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}


@pytest.fixture
def cluster() -> Cluster:
    named = {"verbs": ["get"], "apiGroups": [""], "resources": ["namespaces"], "resourceNames": ["payments"]}
    acts = {
        "verbs": ["impersonate"],
        "apiGroups": [""],
        "resources": ["users", "groups"],
        "resourceNames": ["alice@acme.example", "Kestrel"],
    }
    web = pod("web", namespace="payments", serviceAccountName="runner")
    web["metadata"] |= {
        "labels": {"team": "payments", "app": "web"},
        "annotations": {"owner": "alice", "kubernetes.io/psp": "open"},
    }
    web["spec"]["containers"][0] |= {
        "env": [{"name": "DB", "value": "db.warehouse.svc"}],
        "args": ["--user=alice"],
        "livenessProbe": {
            "httpGet": {"port": 80, "httpHeaders": [{"name": "Authorization", "value": "Bearer Kestrel"}]}
        },
    }
    term = {"topologyKey": "zone", "namespaces": ["warehouse"]}
    web["spec"]["volumes"] = [
        {"name": "c", "csi": {"driver": "d", "volumeAttributes": {"password": "Kestrel"}}},
        {"name": "f", "flexVolume": {"driver": "d", "options": {"password": "Kestrel"}}},
    ]
    web["spec"]["affinity"] = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    web["status"] = {"phase": "Running", "message": "alice did it"}
    return (
        ClusterBuilder()
        .namespace("payments", {"kubernetes.io/metadata.name": "payments"})
        .namespace("warehouse", {"pod-security.kubernetes.io/enforce": "restricted"})
        .namespace("kube-system")
        .service_account("payments", "runner")
        .role("reader", READ, named, namespace="payments")
        .role("acts", acts)
        .bind("reader", "User/alice@acme.example", "Group/Kestrel", namespace="payments")
        .bind("acts", "User/system:serviceaccount:payments:runner", "Group/system:serviceaccounts:warehouse")
        .bind("reader", "ServiceAccount/warehouse:runner", namespace="payments", name="more")
        .policy("open", privileged=True)
        .add(web)
        .build(kubernetes_version="1.24")
    )


def test_no_name_is_left_in_the_file(cluster: Cluster, tmp_path: Path) -> None:
    cluster.redacted().snapshot(tmp_path / "shared.json.gz")
    text = gzip.decompress((tmp_path / "shared.json.gz").read_bytes()).decode()
    assert [name for name in SECRETS if name in text] == []


def test_a_name_is_replaced_by_the_same_name_everywhere(cluster: Cluster) -> None:
    shared = cluster.redacted()
    assert sorted(shared.objects.namespaces) == ["kube-system", "ns-1", "ns-2"]
    reader = shared.objects.role_bindings["ns-1", "reader"]
    assert [subject.name for subject in reader.subjects] == ["user-1", "group-1"]
    acts = shared.objects.cluster_role_bindings["acts"]
    assert [subject.name for subject in acts.subjects] == [
        "system:serviceaccount:ns-1:runner",
        "system:serviceaccounts:ns-2",
    ]
    assert shared.objects.roles["ns-1", "reader"].rules[1].resource_names == ("ns-1",)
    assert shared.objects.cluster_roles["acts"].rules[0].resource_names == ("user-1", "group-1")
    web = shared.objects.pods["ns-1", "web"].body
    assert web["metadata"]["labels"] == {"team": "ns-1", "app": "web"}
    assert web["metadata"]["annotations"] == {"kubernetes.io/psp": "open"}
    (term,) = web["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["namespaces"] == ["ns-2"]
    assert web["status"] == {"phase": "Running"}


def test_redacted_objects_give_the_same_answers(cluster: Cluster) -> None:
    shared = cluster.redacted()
    ask = Request("get", resource="pods", namespace="payments")
    other = Request("get", resource="pods", namespace="ns-1")
    assert cluster.authorize(User("alice@acme.example"), ask)
    assert shared.authorize(User("user-1"), other)
    assert not shared.authorize(User("alice@acme.example"), other)
    assert len(cluster.who_can(ask)) == len(shared.who_can(other))
    refused = shared.pss_admit(pod("web", namespace="ns-2"))
    assert not refused.allowed


def test_gaps_are_redacted(cluster: Cluster) -> None:
    gap = UnlistedKind("Role", "roles", "payments", "", 'User "alice" cannot list roles', "it is unknown")
    cluster.objects.server = SourceServer("v1.24.17", None, (gap,))
    assert cluster.redacted().unread() == (
        "may be incomplete: roles in ns-1 could not be listed: it is unknown",
    )
    server = cluster.redacted().objects.server
    assert server
    assert server.gaps[0].reason == ""


def test_the_original_is_not_changed(cluster: Cluster) -> None:
    before = list(cluster.objects)
    cluster.redacted()
    assert list(cluster.objects) == before
    assert cluster.objects.pods["payments", "web"].body["status"]["message"] == "alice did it"


def test_a_snapshot_of_files_can_be_redacted_too(tmp_path: Path) -> None:
    path = tmp_path / "shared.json.gz"
    done = CliRunner().invoke(
        main, ["snapshot", "--redact", "-o", str(path), "-f", "sample_clusters/psp-on-eks"]
    )
    assert (done.exit_code, done.stdout) == (0, "")
    assert sorted(load(path).objects.policies) == sorted(load("sample_clusters/psp-on-eks").objects.policies)


def test_only_regular_files_are_overwritten(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["snapshot", "-o", str(tmp_path), "-f", "sample_clusters/psp-on-eks"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"error: {tmp_path} is a folder: name a file, for example prod.json.gz\n"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("gone/a.json.gz", "gone/a.json.gz cannot be written: there is no folder {}/gone"),
        ("", '-O "": name a file, for example prod.json.gz'),
    ],
)
def test_a_snapshot_that_cannot_be_written_is_refused_before_the_cluster_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["snapshot", "-O", path, "-f", "no-such-file"])
    assert (done.exit_code, done.stderr) == (2, f"error: {said.format(tmp_path)}\n")


def test_a_snapshot_is_not_written_to_stdout_nor_to_a_file_named_as_stdout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["snapshot", "-O", "-", "-f", "no-such-file"])
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert done.stderr == (
        "error: a snapshot is a packed file, which is not for stdout: name one, such as prod.json.gz\n"
    )


def test_a_subject_without_kind_or_name_is_kept_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "x"},
        "subjects": [{"name": "x"}, {"kind": "User"}, {}, {"kind": "User", "name": "ann"}],
    }
    path.write_text(json.dumps(binding), encoding="utf-8")
    redacted = load(path, validate=False).redacted().objects.cluster_role_bindings["b"]
    assert [(subject.kind, subject.name) for subject in redacted.subjects] == [
        ("", "x"),
        ("User", ""),
        ("", ""),
        ("User", "user-1"),
    ]

"""Tests that snapshots of real servers answer as the live cluster and kubectl's dumps do."""

import gzip
import json
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp import Request, User, load
from rbacpsp.cli import main
from rbacpsp.cluster import Cluster
from rbacpsp.live import connect
from rbacpsp.verify import AccessQuestion, Question, RulesQuestion, sample
from tests.live.clusters import RandomCluster, create, made, remove
from tests.live.server import ApiServer

pytestmark = pytest.mark.live
RBAC = "rbac.authorization.k8s.io/v1"
_names = count(1)


@pytest.fixture
def cluster(server: ApiServer) -> Iterator[RandomCluster]:
    """A random cluster, which is removed afterwards."""
    number = next(_names)
    policies = server.release.startswith("v1.24.")
    drawn = RandomCluster(f"saved-{number}", number, policies=policies)
    create(server, drawn)
    yield drawn
    remove(server, drawn)


def dump(server: ApiServer, path: Path) -> Path:
    """The output of `kubectl get ... -A -o json` for the administrator."""
    lists = ["/api/v1/namespaces", "/api/v1/serviceaccounts", "/api/v1/pods"]
    lists += [
        f"/apis/{RBAC}/{kind}" for kind in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
    ]
    if server.release.startswith("v1.24."):
        lists.append("/apis/policy/v1beta1/podsecuritypolicies")
    items = []
    for each in lists:
        listed = server.request("GET", each)
        kind = listed["kind"].removesuffix("List")
        items += [{"apiVersion": listed["apiVersion"], "kind": kind, **item} for item in listed["items"]]
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}), encoding="utf-8")
    return path


def answers(cluster: Cluster, questions: list[Question]) -> list[object]:
    """The answers of a cluster to fixed questions, to compare them with those of another copy."""
    result: list[object] = []
    for question in questions:
        if isinstance(question, AccessQuestion):
            decision = cluster.authorize(question.user, question.request)
            result.append((question.title, decision.allowed, decision.reasons))
        elif isinstance(question, RulesQuestion):
            result.append(
                (
                    question.title,
                    str(cluster.rules_for(question.user or User(""), question.namespace).status()),
                )
            )
        elif cluster.objects.policies:
            admission = cluster.admit(question.pod, user=question.user, namespace=question.namespace)
            result.append((question.title, admission.policy, admission.message))
        else:
            security = cluster.pss_admit(question.pod, user=question.user, namespace=question.namespace)
            result.append((question.title, security.allowed, security.message))
    who = cluster.who_can(Request("get", resource="secrets", namespace="default"))
    return [*result, *(access.subject for access in who)]


@pytest.mark.usefixtures("cluster")
def test_a_snapshot_a_dump_and_the_live_cluster_give_the_same_answers(
    server: ApiServer, tmp_path: Path
) -> None:
    live = connect(kubeconfig=server.kubeconfig())
    live.snapshot(tmp_path / "prod.json.gz")
    saved = load(tmp_path / "prod.json.gz")
    release = server.release.rpartition(".")[0]
    dumped = Cluster(
        load(dump(server, tmp_path / "dump.json")).objects, kubernetes_version=release, catalog=live.catalog
    )
    assert saved.kubernetes_version == dumped.kubernetes_version == live.kubernetes_version
    questions = sample(live, requests=300, pods=60, seed=5)
    assert len(answers(live, questions)) > 350
    assert answers(live, questions) == answers(saved, questions)
    assert answers(live, questions) == answers(dumped, questions)
    assert questions == sample(saved, requests=300, pods=60, seed=5)


@pytest.mark.usefixtures("cluster")
def test_the_simulated_dump_of_kubectl_equals_a_real_one(server: ApiServer, tmp_path: Path) -> None:
    kubectl = [
        "kubectl",
        "--kubeconfig",
        str(server.kubeconfig()),
        "get",
        "clusterroles,roles",
        "-A",
        "-o",
        "json",
    ]
    try:
        done = subprocess.run(kubectl, capture_output=True, check=True, timeout=60)
    except FileNotFoundError:
        pytest.skip("not run: kubectl is missing")
    (tmp_path / "kubectl.json").write_bytes(done.stdout)
    ours = load(dump(server, tmp_path / "dump.json")).objects
    theirs = load(tmp_path / "kubectl.json").objects
    for mine, yours in ((ours.roles, theirs.roles), (ours.cluster_roles, theirs.cluster_roles)):
        assert {key: role.rules for key, role in mine.items()} == {
            key: role.rules for key, role in yours.items()
        }


def test_an_unchanged_cluster_gives_the_same_bytes_whenever_it_is_read(
    server: ApiServer, tmp_path: Path
) -> None:
    for name in "ab":
        result = CliRunner().invoke(
            main, ["snapshot", "-o", str(tmp_path / name), "--kubeconfig", str(server.kubeconfig())]
        )
        assert result.exit_code == 0, result.output
        assert f" objects of {server.release}.\n" in result.stderr
    first = (tmp_path / "a").read_bytes()
    assert first == (tmp_path / "b").read_bytes()
    header = json.loads(gzip.decompress(first))
    assert header["server"]["gitVersion"] == server.release
    assert header["server"]["unread"] == []
    assert header["asOf"] == max(item["metadata"]["creationTimestamp"] for item in header["items"])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "b"]


def test_custom_resources_are_known_from_a_snapshot(server: ApiServer, tmp_path: Path) -> None:
    live = connect(kubeconfig=server.kubeconfig())
    live.snapshot(tmp_path / "prod.json.gz")
    assert load(tmp_path / "prod.json.gz").catalog.resources == live.catalog.resources


def test_a_snapshot_lists_what_could_not_be_read(server: ApiServer, tmp_path: Path) -> None:
    path = tmp_path / "part.json.gz"
    name = f"part-{next(_names)}"
    server.create(made("v1", "Namespace", name))
    result = CliRunner().invoke(
        main, ["snapshot", "-o", str(path), "--kubeconfig", str(server.kubeconfig("bob"))]
    )
    assert result.exit_code == 0, result.output
    unread = "may be incomplete: roles and clusterroles could not be listed"
    said = CliRunner().invoke(main, ["who-can", "get", "pods", "-f", str(path)])
    assert (
        "Warning: may be incomplete: clusterroles and roles could not be listed: what bindings" in said.stderr
    )
    assert unread not in said.stdout
    strict = CliRunner().invoke(main, ["who-can", "get", "pods", "--strict", "-f", str(path)])
    assert (strict.exit_code, strict.stdout) == (3, "")
    cluster = load(path)
    from rbacpsp import User

    assert cluster.authorize(User("x"), Request("get", resource="pods", namespace="default")).incomplete


def test_with_strict_a_partial_snapshot_is_not_written(server: ApiServer, tmp_path: Path) -> None:
    path = tmp_path / "part.json.gz"
    result = CliRunner().invoke(
        main, ["snapshot", "--strict", "-o", str(path), "--kubeconfig", str(server.kubeconfig("bob"))]
    )
    assert (result.exit_code, path.exists()) == (3, False)


@pytest.mark.usefixtures("cluster")
def test_a_redacted_snapshot_names_nobody_and_gives_the_same_answers(
    server: ApiServer, cluster: RandomCluster, tmp_path: Path
) -> None:
    path = tmp_path / "share.json.gz"
    result = CliRunner().invoke(
        main, ["snapshot", "--redact", "-o", str(path), "--kubeconfig", str(server.kubeconfig())]
    )
    assert result.exit_code == 0, result.output
    text = gzip.decompress(path.read_bytes()).decode()
    for name in ("user-0", "deployer", '"dev"', '"ops"'):
        assert f'"name":"{name.strip(chr(34))}","' not in text or name == "user-0"
    for namespace in cluster.namespaces:
        assert f'"namespace":"{namespace}"' not in text
        assert f"system:serviceaccounts:{namespace}" not in text
    live, shared = connect(kubeconfig=server.kubeconfig()), load(path)
    assert len(list(live.objects)) == len(list(shared.objects))
    request = Request("get", resource="secrets")
    assert len(live.who_can_anywhere(request)) == len(shared.who_can_anywhere(request))
    assert sorted(len(a.namespaces) for a in live.who_can_anywhere(request)) == sorted(
        len(a.namespaces) for a in shared.who_can_anywhere(request)
    )

"""Tests the arguments of `Cluster`, and the errors about wrong ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import rbacpsp
from rbacpsp import Cluster, LoadError, Request, User
from rbacpsp.testing import ClusterBuilder, pod

ALICE = User("alice")
ASKED = Request("get", resource="pods", namespace="default")
SECRET = "hunter2"  # noqa: S105 - made up, to be looked for


@pytest.fixture
def cluster() -> Cluster:
    return (
        ClusterBuilder()
        .namespace("default", {"pod-security.kubernetes.io/enforce": "baseline"})
        .role("view", {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]})
        .bind("view", "User/alice", namespace="default", kind="ClusterRole")
        .add(pod("web", container={"env": [{"name": "PASSWORD", "value": SECRET}]}))
        .build(kubernetes_version="1.24")
    )


@pytest.mark.parametrize("user", ["alice", None, {"name": "alice"}, 5])
def test_an_invalid_user_is_an_error(cluster: Cluster, user: Any) -> None:
    with pytest.raises(ValueError, match="the user must be a User, not"):
        cluster.authorize(user, ASKED)
    with pytest.raises(ValueError, match="the user must be a User, not"):
        cluster.rules_for(user, "default")


def test_the_user_of_an_admission_may_be_none_but_not_a_string(cluster: Cluster) -> None:
    assert cluster.admit(pod("x"), user=None).considered == {}
    name: Any = "alice"
    with pytest.raises(ValueError, match=r"the user must be a User, not 'alice': User.impersonate\(NAME\)"):
        cluster.admit(pod("x"), user=name)
    with pytest.raises(ValueError, match="the user must be a User, not 'alice'"):
        cluster.pss_admit(pod("x"), user=name)


@pytest.mark.parametrize("request_", ["get pods", None, {"verb": "get"}])
def test_an_invalid_request_is_an_error_even_for_system_masters(cluster: Cluster, request_: Any) -> None:
    with pytest.raises(ValueError, match="the request must be a Request, not"):
        cluster.authorize(User("root", ("system:masters",)), request_)
    with pytest.raises(ValueError, match="the request must be a Request, not"):
        cluster.who_can(request_)
    with pytest.raises(ValueError, match="the request must be a Request, not"):
        cluster.who_can_anywhere(request_)


def test_a_field_that_is_not_a_string_is_an_error(cluster: Cluster) -> None:
    nowhere: Any = None
    with pytest.raises(ValueError, match=r'the fields of a request, "" where .* must be strings, not None'):
        cluster.authorize(ALICE, Request("get", resource="pods", namespace=nowhere))
    number: Any = 1000
    with pytest.raises(ValueError, match="the name and the groups of a user must be strings, not 1000"):
        cluster.authorize(User("alice", ("dev", number)), ASKED)
    assert cluster.authorize(ALICE, Request("get", path=None, resource="pods", namespace="default"))


def test_a_version_is_a_text_because_a_number_would_lose_its_last_zero() -> None:
    version: Any = 1.3
    with pytest.raises(ValueError, match=r'the Kubernetes version must be a text such as "1.24", not 1.3'):
        Cluster.from_objects([], kubernetes_version=version)


def test_an_admission_configuration_is_a_dict() -> None:
    config: Any = "apiVersion: v1"
    with pytest.raises(ValueError, match="the admission configuration must be a dict"):
        Cluster.from_objects([], admission_config=config)


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ({"kind": "List", "items": []}, "the objects must be a list of them, and this is one"),
        ("dump.json", "the objects must be a list of dicts, not 'dump.json': load"),
        (None, "the objects must be a list of dicts, not None"),
    ],
)
def test_objects_that_are_not_a_list_are_an_error(objects: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Cluster.from_objects(objects)


@pytest.mark.parametrize("item", [None, 5, "pods.yaml", ["a"]])
def test_an_item_that_is_not_an_object_is_reported_with_its_index(item: Any) -> None:
    with pytest.raises(LoadError, match="<objects>, document 2: "):
        Cluster.from_objects([pod("x"), item])


def test_nothing_to_read_is_an_error_and_not_an_empty_cluster(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='nothing to read: name a file, a folder or "-"'):
        rbacpsp.load(*tmp_path.glob("*.yaml"))
    paths: Any = [tmp_path]
    with pytest.raises(ValueError, match="a path must be a text or a Path, not a list: name them one by one"):
        rbacpsp.load(paths)


def test_pod_security_judges_yaml_text_as_policies_do(cluster: Cluster) -> None:
    text = yaml.safe_dump(pod("x", hostNetwork=True))
    message = cluster.pss_admit(text).message
    assert message == cluster.pss_admit(pod("x", hostNetwork=True)).message
    assert message is not None
    old = yaml.safe_dump(pod("x"))
    assert cluster.pss_admit(text, operation="UPDATE", old=old).allowed


@pytest.mark.parametrize("obj", [None, 5, [pod("x")], "- a", "kind: Pod\n---\nkind: Pod\n"])
def test_pod_security_refuses_arguments_that_are_not_objects(cluster: Cluster, obj: Any) -> None:
    with pytest.raises(ValueError, match=r"the (object|text) must"):
        cluster.pss_admit(obj)


def test_a_namespace_of_another_type_than_text_is_an_error_of_pod_security(cluster: Cluster) -> None:
    wrong: Any = ["default"]
    with pytest.raises(ValueError, match=r"metadata.namespace must be a string, not a list"):
        cluster.pss_admit(pod("x") | {"metadata": {"name": "x", "namespace": wrong}})
    with pytest.raises(ValueError, match="the namespace must be a string, not a list"):
        cluster.pss_admit(pod("x"), namespace=wrong)


@pytest.mark.parametrize("operation", ["create", "", None])
def test_a_misspelled_operation_is_an_error_and_does_not_pass(cluster: Cluster, operation: Any) -> None:
    with pytest.raises(ValueError, match="known operations: CREATE, UPDATE, DELETE, CONNECT"):
        cluster.pss_admit(pod("x", hostNetwork=True), operation=operation)
    assert cluster.pss_admit(pod("x", hostNetwork=True), operation="DELETE").allowed


def test_what_a_notebook_shows_of_a_cluster_is_short_and_holds_no_value_of_a_pod(cluster: Cluster) -> None:
    objects = "<Objects: 1 ClusterRole, 1 Namespace, 1 Pod, 1 RoleBinding>"
    assert repr(cluster.objects) == objects
    assert repr(cluster) == f"<Cluster of Kubernetes 1.24: {objects}>"
    assert repr(Cluster.from_objects([]).objects) == "<Objects: none>"
    assert SECRET not in repr(list(cluster.objects))
    assert repr(cluster.audit()) == "<Audit: no finding>"
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    risky = ClusterBuilder().role("all", everything).bind("all", "User/eve").build()
    assert repr(risky.audit()) == "<Audit: 1 critical>"
    assert repr(cluster.simulate()) == "<Simulation of 1 workloads and pods>"
    assert repr(cluster.frames) == (
        "<Frames: subjects, bindings, roles, rules, grants, policies, policy_users, constraints, "
        "constraint_users, findings, paths, workloads, pod_security, changes, usage>"
    )


def test_answers_show_the_sentence_that_a_reader_looks_for(cluster: Cluster) -> None:
    sentence = 'RBAC: allowed by RoleBinding "view/default" of ClusterRole "view" to User "alice"'
    assert repr(cluster.authorize(ALICE, ASKED).grants) == f"(<Grant {sentence}>,)"
    assert repr(list(cluster.who_can(ASKED))) == (
        "[<Access of 'Group/system:masters': 0 grants>, <Access of 'User/alice': 1 grant>]"
    )


def test_the_same_question_has_equal_answers(cluster: Cluster) -> None:
    once, again = list(cluster.who_can(ASKED)), list(cluster.who_can(ASKED))
    assert once == again
    assert set(once) == set(again)
    assert once != list(cluster.who_can(Request("get", resource="pods")))
    assert once[0] != "Group/system:masters"


class _Bytes:
    def __fspath__(self) -> bytes:
        return b"sample_clusters/acme"


def test_a_path_of_bytes_is_an_error_that_names_the_parameter(cluster: Cluster) -> None:
    wrong: Any = _Bytes()
    with pytest.raises(ValueError, match="paths: a path must be a text or a Path, not a _Bytes"):
        rbacpsp.load(wrong)
    with pytest.raises(ValueError, match="kubeconfig: a path must be a text or a Path, not a _Bytes"):
        rbacpsp.connect(kubeconfig=wrong)
    with pytest.raises(ValueError, match="logs: a path must be a text or a Path, not a _Bytes"):
        rbacpsp.usage(wrong, cluster)


def test_texts_of_numpy_are_paths() -> None:
    paths = np.array(["sample_clusters/acme/cluster.json"])
    assert rbacpsp.load(*paths).subjects == rbacpsp.load("sample_clusters/acme").subjects


@pytest.mark.parametrize("version", ["1.\uff12\uff14", f"1.{'9' * 5_000}", "1.1234567890"])
def test_a_version_has_ascii_digits_and_not_too_many(version: str) -> None:
    with pytest.raises(ValueError, match="is not a Kubernetes version: write it as") as raised:
        Cluster.from_objects([], kubernetes_version=version)
    assert len(str(raised.value)) < 300

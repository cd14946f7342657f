"""Tests that lists show exactly the assumed objects that are connected to loaded ones."""

import json
from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.apply import assumed_words, is_assumed, listed, listed_bindings, listed_roles
from rbacpsp.model import Version
from rbacpsp.testing import ClusterBuilder, pod

JSON = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"


def assumed(*objects: JSON, version: str = "1.36") -> set[tuple[str, str, str]]:
    """The assumed objects that are listed with some objects, without accounts named default."""
    read = json.loads(json.dumps(objects))
    built = Cluster.from_objects(read, kubernetes_version=version, bootstrap="auto").objects
    return {
        (obj.kind, obj.namespace, obj.name)
        for obj in listed(built)
        if is_assumed(obj) and (obj.kind, obj.name) != ("ServiceAccount", "default")
    }


def binding_to_ref(role: JSON, *subjects: JSON, namespace: str = "") -> JSON:
    result = {"namespace": namespace} if namespace else {}
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": "b", **result},
        "roleRef": {"apiGroup": RBAC, **role},
        "subjects": list(subjects),
    }


VIEW = {"kind": "ClusterRole", "name": "view"}
LEADER = {"kind": "Role", "name": "system::leader-locking-kube-scheduler"}
CONTROLLER = {"kind": "ServiceAccount", "name": "job-controller", "namespace": "kube-system"}
ITS_USER = {"kind": "User", "apiGroup": RBAC, "name": "system:serviceaccount:kube-system:job-controller"}
SOMEBODY = {"kind": "User", "apiGroup": RBAC, "name": "alice"}


@pytest.mark.parametrize(
    ("obj", "connected"),
    [
        (binding_to_ref(VIEW, SOMEBODY), {("ClusterRole", "", "view")}),
        (
            binding_to_ref(LEADER, SOMEBODY, namespace="kube-system"),
            {("Role", "kube-system", LEADER["name"]), ("Namespace", "", "kube-system")},
        ),
        (
            binding_to_ref(VIEW, CONTROLLER),
            {("ClusterRole", "", "view"), ("ServiceAccount", "kube-system", "job-controller")},
        ),
        (
            binding_to_ref(VIEW, ITS_USER),
            {("ClusterRole", "", "view"), ("ServiceAccount", "kube-system", "job-controller")},
        ),
        (
            binding_to_ref(
                VIEW, {"kind": "ServiceAccount", "name": "job-controller"}, namespace="kube-system"
            ),
            {
                *{("ClusterRole", "", "view"), ("ServiceAccount", "kube-system", "job-controller")},
                ("Namespace", "", "kube-system"),
            },
        ),
        *(
            (
                binding_to_ref(
                    VIEW, {"kind": "Group", "apiGroup": RBAC, "name": name}, namespace="kube-system"
                ),
                {("ClusterRole", "", "view"), ("Namespace", "", "kube-system")},
            )
            for name in (CONTROLLER["name"], ITS_USER["name"])
        ),
        (binding_to_ref({"kind": "ClusterRole", "name": "gone"}, SOMEBODY), set()),
        (
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "namespace": "kube-public"}},
            set(),
        ),
    ],
)
def test_a_loaded_binding_shows_its_role_its_accounts_and_its_namespace(
    obj: JSON, connected: set[tuple[str, str, str]]
) -> None:
    assert assumed(obj) == connected


def test_an_assumed_binding_is_listed_if_it_refers_to_a_loaded_role_or_account() -> None:
    role = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "system:controller:job-controller"},
        "rules": [],
    }
    name = "system:controller:job-controller"
    by_role = {("ClusterRoleBinding", "", name), ("ServiceAccount", "kube-system", "job-controller")}
    assert assumed(role) == by_role
    metadata = {"name": "job-controller", "namespace": "kube-system"}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    by_account = {
        ("ClusterRoleBinding", "", name),
        ("ClusterRole", "", name),
        ("Namespace", "", "kube-system"),
    }
    assert assumed(account) == by_account


def test_an_assumed_binding_of_a_namespace_is_listed_with_its_loaded_role() -> None:
    role = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "Role",
        "metadata": {"name": LEADER["name"], "namespace": "kube-system"},
        "rules": [],
    }
    result = assumed(role)
    assert ("RoleBinding", "kube-system", LEADER["name"]) in result
    assert ("Role", "kube-system", "extension-apiserver-authentication-reader") not in result


@pytest.mark.parametrize(
    ("labels", "grown"),
    [
        ({f"{RBAC}/aggregate-to-view": "true"}, {"view", "edit", "admin"}),
        ({f"{RBAC}/aggregate-to-edit": "true"}, {"edit", "admin"}),
        ({f"{RBAC}/aggregate-to-admin": "true"}, {"admin"}),
        ({f"{RBAC}/aggregate-to-view": "false"}, set()),
        ({}, set()),
    ],
)
def test_a_loaded_role_shows_the_aggregated_roles_that_contain_its_rules(
    labels: dict[str, str], grown: set[str]
) -> None:
    role = {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": "x", "labels": labels}}
    assert assumed(role) == {("ClusterRole", "", name) for name in grown}


def workload(kind: str, account: str | None) -> JSON:
    made: JSON = pod("p", namespace="kube-system")
    if account is not None:
        made["spec"]["serviceAccountName"] = account
    template = {"metadata": {"labels": {"a": "b"}}, "spec": made["spec"]}
    metadata = {"name": "p", "namespace": "kube-system"}
    match kind:
        case "Pod":
            return made
        case "PodTemplate":
            return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "template": template}
        case "CronJob":
            inner = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template}}}
            return {"apiVersion": "batch/v1", "kind": kind, "metadata": metadata, "spec": inner}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}


@pytest.mark.parametrize("kind", ["Pod", "PodTemplate", "CronJob", "Deployment"])
def test_a_workload_shows_the_account_of_its_pods(kind: str) -> None:
    namespace = ("Namespace", "", "kube-system")
    account = ("ServiceAccount", "kube-system", "job-controller")
    assert assumed(workload(kind, "job-controller")) == {namespace, account}
    assert assumed(workload(kind, None)) == {namespace}
    assert assumed(workload(kind, "")) == {namespace}


def test_a_workload_that_names_no_account_shows_the_account_default_of_its_namespace() -> None:
    default = ("ServiceAccount", "kube-system", "default")
    for account, shown in ((None, True), ("", True), ("job-controller", False)):
        objects = Cluster.from_objects(
            [workload("Pod", account)], kubernetes_version="1.36", bootstrap="auto"
        )
        listed_accounts = listed(objects.objects).service_accounts
        assert (default[1:] in listed_accounts) == shown


def test_all_objects_are_listed_if_they_were_read_or_requested() -> None:
    role = {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": "x"}}
    always = Cluster.from_objects([role], kubernetes_version="1.36", bootstrap="always").objects
    assert listed(always) is always
    assert len(listed_bindings(always)) == len(always.cluster_role_bindings) + len(always.role_bindings)
    never = ClusterBuilder().build().objects
    assert listed(never) is never


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), ""),
        (("view",), "ClusterRole view: as Kubernetes 1.36 creates it"),
        (("view", "edit"), "ClusterRole edit, ClusterRole view: as Kubernetes 1.36 creates them"),
        (
            ("view", "edit", "admin", "cluster-admin"),
            (
                "ClusterRole admin, ClusterRole cluster-admin, ClusterRole edit and 1 more: "
                "as Kubernetes 1.36 creates them"
            ),
        ),
        (
            ("view", "edit", "admin"),
            "ClusterRole admin, ClusterRole edit, ClusterRole view: as Kubernetes 1.36 creates them",
        ),
    ],
)
def test_a_sentence_names_at_most_three_of_the_assumed_objects(names: tuple[str, ...], words: str) -> None:
    role = {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": "x"}}
    objects = Cluster.from_objects([role], kubernetes_version="1.36", bootstrap="always").objects
    given = [objects.cluster_roles[name] for name in ("x", *names)]
    assert assumed_words(given, Version(1, 36)) == words


def test_the_roles_of_lists_are_those_of_all_that_lists_show() -> None:
    labels = {f"{RBAC}/aggregate-to-view": "true"}
    loaded = [
        {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": "x", "labels": labels}},
        binding_to_ref({"kind": "ClusterRole", "name": "system:node-proxier"}, SOMEBODY),
        binding_to_ref(LEADER, SOMEBODY, namespace="kube-system"),
    ]
    for bootstrap in ("auto", "always", "never"):
        objects = Cluster.from_objects(loaded, kubernetes_version="1.36", bootstrap=bootstrap).objects
        shown = listed(objects)
        roles = listed_roles(objects)
        assert len(roles) > (0 if bootstrap == "never" else 4)
        assert roles == [*shown.cluster_roles.values(), *shown.roles.values()]


def test_the_bindings_of_lists_are_those_of_all_that_lists_show() -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount"}
    loaded = [{**account, "metadata": {"name": "job-controller", "namespace": "kube-system"}}]
    objects = Cluster.from_objects(loaded, kubernetes_version="1.36", bootstrap="auto").objects
    shown = listed(objects)
    bindings = [*shown.cluster_role_bindings.values(), *shown.role_bindings.values()]
    assert listed_bindings(objects) == bindings != []


def test_the_bindings_of_openshift_s_constraints_are_always_listed() -> None:
    objects = Cluster.from_objects([], openshift_version="4.21", bootstrap="auto").objects
    constraints = [
        binding.name for binding in listed_bindings(objects) if "openshift:scc:" in binding.role_ref.name
    ]
    assert "system:openshift:scc:restricted-v2" in constraints
    assert not any(binding.name == "system:discovery" for binding in listed_bindings(objects))

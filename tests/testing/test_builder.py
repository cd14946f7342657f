"""Tests the builder of small clusters for users' tests."""

import pytest

from rbacpsp import Request, User
from rbacpsp import testing as public
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import (
    ClusterBuilder,
    binding,
    deployment,
    namespace,
    pod,
    policy,
    role,
    rule,
    service_account,
    subject,
)

RBAC = "rbac.authorization.k8s.io"


def test_the_example_of_the_module_runs() -> None:
    docstring = public.__doc__ or ""
    example = docstring.partition("```python\n")[2].partition("```")[0]
    assert "assert cluster.admit" in example
    exec(example, {"User": User})  # noqa: S102 - it is this project's own documentation


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User/alice", {"kind": "User", "apiGroup": RBAC, "name": "alice"}),
        ("Group/system:masters", {"kind": "Group", "apiGroup": RBAC, "name": "system:masters"}),
        ("ServiceAccount/team-a:web", {"kind": "ServiceAccount", "namespace": "team-a", "name": "web"}),
    ],
)
def test_a_subject_is_written_as_kind_and_name(text: str, expected: dict[str, str]) -> None:
    assert subject(text) == expected


@pytest.mark.parametrize("text", ["", "alice", "User/", "ServiceAccount/web", "ServiceAccount/x:", "Robot/x"])
def test_the_error_about_a_wrong_subject_lists_the_three_forms(text: str) -> None:
    with pytest.raises(ValueError, match="write User/NAME, Group/NAME or ServiceAccount/NAMESPACE:NAME"):
        subject(text)


def test_a_policy_has_run_as_any_strategies_and_the_passed_fields() -> None:
    assert policy("p", {"a": "b"}, privileged=True, volumes=["secret"]) == {
        "apiVersion": "policy/v1beta1",
        "kind": "PodSecurityPolicy",
        "metadata": {"name": "p", "annotations": {"a": "b"}},
        "spec": {
            "seLinux": {"rule": "RunAsAny"},
            "runAsUser": {"rule": "RunAsAny"},
            "supplementalGroups": {"rule": "RunAsAny"},
            "fsGroup": {"rule": "RunAsAny"},
            "volumes": ["secret"],
            "privileged": True,
        },
    }


def test_a_pod_has_one_container_and_the_passed_fields() -> None:
    assert pod("web", namespace="x", container={"image": "a:1"}, hostPID=True) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "x"},
        "spec": {"containers": [{"name": "app", "image": "a:1"}], "hostPID": True},
    }


def test_a_deployment_has_the_pod_as_its_template() -> None:
    assert deployment("web", namespace="x", container={"image": "a:1"}, hostPID=True) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "x"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "a:1"}], "hostPID": True},
            },
        },
    }


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (rule("get list", "pods"), {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}),
        (
            rule("patch", "pods deployments", ",apps", "a b"),
            {
                "verbs": ["patch"],
                "apiGroups": ["", "apps"],
                "resources": ["pods", "deployments"],
                "resourceNames": ["a", "b"],
            },
        ),
        (
            rule("get", urls="/metrics /healthz"),
            {"verbs": ["get"], "nonResourceURLs": ["/metrics", "/healthz"]},
        ),
    ],
)
def test_a_rule_is_built_from_words_that_are_separated_by_spaces(
    built: JSONObject, expected: JSONObject
) -> None:
    assert built == expected


def test_each_method_of_the_builder_adds_what_the_function_of_its_name_returns() -> None:
    pods = rule("get", "pods")
    builder = (
        ClusterBuilder()
        .namespace("x", {"a": "b"})
        .service_account("x", "web")
        .role("reader", pods, namespace="x")
        .bind("reader", "User/alice", namespace="x", name="alice")
        .policy("p", privileged=True)
    )
    assert builder.objects == [
        namespace("x", {"a": "b"}),
        service_account("x", "web"),
        role("reader", pods, namespace="x"),
        binding("reader", "User/alice", namespace="x", name="alice"),
        policy("p", privileged=True),
    ]
    assert builder.objects[3] == {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "alice", "namespace": "x"},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "reader"},
        "subjects": [{"kind": "User", "apiGroup": RBAC, "name": "alice"}],
    }


def test_roles_are_bound_in_a_namespace_or_everywhere() -> None:
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    builder = (
        ClusterBuilder()
        .role("reader", rule)
        .bind("reader", "User/everywhere")
        .bind("reader", "User/here", namespace="x", kind="ClusterRole")
        .role("reader", rule, namespace="y")
        .bind("reader", "User/there", namespace="y", name="other")
        .service_account("x", "web", automountServiceAccountToken=False)
    )
    assert [each["kind"] for each in builder.objects] == [
        *("ClusterRole", "ClusterRoleBinding", "RoleBinding", "Role", "RoleBinding", "ServiceAccount")
    ]
    cluster = builder.build()
    may = {
        (name, namespace)
        for name in ("everywhere", "here", "there")
        for namespace in ("x", "y")
        if cluster.authorize(User(name), Request("get", resource="pods", namespace=namespace))
    }
    assert may == {("everywhere", "x"), ("everywhere", "y"), ("here", "x"), ("there", "y")}
    assert cluster.objects.service_accounts["x", "web"].automount_service_account_token is False


def test_changing_the_returned_list_does_not_change_the_builder() -> None:
    builder = ClusterBuilder().policy("p")
    builder.objects.clear()
    assert len(builder.objects) == 1

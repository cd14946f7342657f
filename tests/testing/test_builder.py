"""The builder of small clusters that users' tests are written with."""

import pytest

from rbacpsp import Request, User
from rbacpsp import testing as public
from rbacpsp.testing import ClusterBuilder, pod, policy, subject

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
def test_a_subject_is_spelled_in_one_word(text: str, expected: dict[str, str]) -> None:
    assert subject(text) == expected


@pytest.mark.parametrize("text", ["", "alice", "User/", "ServiceAccount/web", "ServiceAccount/x:", "Robot/x"])
def test_a_text_that_is_no_subject_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match="write User/NAME, Group/NAME or ServiceAccount/NAMESPACE:NAME"):
        subject(text)


def test_a_policy_forbids_what_it_does_by_default_but_for_what_is_said() -> None:
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


def test_a_pod_has_one_container_to_which_more_is_said() -> None:
    assert pod("web", namespace="x", container={"image": "a:1"}, hostPID=True) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "x"},
        "spec": {"containers": [{"name": "app", "image": "a:1"}], "hostPID": True},
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


def test_the_objects_are_a_list_of_their_own() -> None:
    builder = ClusterBuilder().policy("p")
    builder.objects.clear()
    assert len(builder.objects) == 1

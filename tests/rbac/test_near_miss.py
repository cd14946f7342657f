"""Tests that near misses of a refused request are found, for each way in which a grant can differ."""

import pytest

from rbacpsp import Request, User
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import ClusterBuilder, rule

LIST = Request("list", resource="pods", namespace="x")
SYNC = User.service_account("ops", "sync")


def near(builder: ClusterBuilder, request: Request = LIST, user: User = SYNC) -> list[str]:
    return [near_miss.text for near_miss in builder.build().authorizer.near_misses(user, request)]


def bound(
    rule_: JSONObject, subject: str = "ServiceAccount/ops:sync", namespace: str = "x"
) -> ClusterBuilder:
    return ClusterBuilder().role("r", rule_, namespace=namespace).bind("r", subject, namespace=namespace)


@pytest.mark.parametrize(
    ("builder", "request_", "said"),
    [
        (bound(rule("list", "pods"), namespace="y"), LIST, "Role r holds it in y only, not in x"),
        (
            bound(rule("list", "pods"), namespace="y"),
            Request("list", resource="pods"),
            (
                "Role r holds it in y only, and it was asked for at the cluster scope (all namespaces at "
                "once): the "
                "usual cause; ask for one namespace, or bind a ClusterRole by a ClusterRoleBinding"
            ),
        ),
        (bound(rule("get", "pods")), LIST, "it holds get on pods, but not list"),
        (
            bound(rule("list", "pods", "metrics.k8s.io")),
            LIST,
            'it holds list on pods of the API group "metrics.k8s.io", and asked for those of ""',
        ),
        (bound(rule("list", "pod")), LIST, "it holds list on pod, but not on pods"),
        (bound(rule("list", "pods/log")), LIST, "it holds list on pods/log, but not on pods"),
        (
            bound(rule("list", "pods"), "User/sync"),
            LIST,
            (
                "User/sync holds it through RoleBinding r of namespace x, and that is somebody else than "
                "system:serviceaccount:ops:sync"
            ),
        ),
        (
            bound(rule("list", "pods"), "ServiceAccount/lab:sync"),
            LIST,
            (
                "ServiceAccount/lab:sync holds it through RoleBinding r of namespace x, and that is somebody "
                "else "
                "than system:serviceaccount:ops:sync"
            ),
        ),
        (
            bound(rule("list", "pods"), "ServiceAccount/ops:synk"),
            LIST,
            (
                "ServiceAccount/ops:synk holds it through RoleBinding r of namespace x, and that is somebody "
                "else "
                "than system:serviceaccount:ops:sync"
            ),
        ),
        (
            ClusterBuilder().bind("gone", "ServiceAccount/ops:sync", namespace="x"),
            LIST,
            (
                "RoleBinding gone of namespace x names Role gone, which does not exist: it grants nothing "
                "until that "
                "is created"
            ),
        ),
    ],
)
def test_a_grant_that_differs_in_one_point_is_named(
    builder: ClusterBuilder, request_: Request, said: str
) -> None:
    assert near(builder, request_) == [said]


def test_a_name_without_its_domain_is_similar() -> None:
    builder = ClusterBuilder().bind("gone", "User/nora@example.com", namespace="x")
    assert near(builder, user=User.impersonate("nora")) == [
        (
            "User/nora@example.com is bound by RoleBinding gone of namespace x to Role gone, which does not "
            "exist, and that is somebody else than nora"
        )
    ]


def test_a_grant_on_other_urls_or_of_another_verb_is_named() -> None:
    def cluster(*verbs: str) -> ClusterBuilder:
        urls = {"verbs": list(verbs), "nonResourceURLs": ["/healthz", "/logs/*"]}
        return ClusterBuilder().role("r", urls).bind("r", "User/nora")

    nora, metrics = User("nora"), Request("get", path="/metrics")
    assert near(cluster("get"), metrics, nora) == ["it holds get on /healthz, /logs/*, but not on /metrics"]
    assert near(cluster("head"), metrics, nora) == []
    assert near(cluster("head"), Request("get", path="/logs/a"), nora) == [
        "it holds head on /logs/a, but not get"
    ]


def test_a_user_is_not_a_near_miss_of_itself_but_a_group_of_that_name_is() -> None:
    broken = ClusterBuilder().bind("gone", "User/nora", namespace="x")
    assert [text for text in near(broken, user=User("nora")) if "somebody else" in text] == []
    group = bound(rule("list", "pods"), "Group/nora")
    assert near(group, user=User("nora")) == [
        "Group/nora holds it through RoleBinding r of namespace x, and that is somebody else than nora"
    ]


@pytest.mark.parametrize("namespace", ["a", "y"])
def test_a_grant_in_any_other_namespace_is_named(namespace: str) -> None:
    assert near(bound(rule("list", "pods"), namespace=namespace)) == [
        f"Role r holds it in {namespace} only, not in x"
    ]


def test_a_name_of_the_same_length_with_the_same_first_letter_is_not_alike() -> None:
    assert near(bound(rule("list", "pods"), "ServiceAccount/ops:swim")) == []


def test_a_user_named_like_an_account_with_its_namespace_is_near() -> None:
    (text,) = near(bound(rule("list", "pods"), "User/ops:sync"))
    assert text.startswith("User/ops:sync holds it through RoleBinding r of namespace x")
    assert near(bound(rule("list", "pods"), "User/sync:sync-of-another")) == []


@pytest.mark.parametrize(
    "other",
    [
        rule("list", "services", "apps"),
        rule("list", "pods/log", "apps"),
        rule("get", "pods/log"),
        rule("get", "pods", "apps"),
        rule("get", "services"),
    ],
)
def test_a_grant_that_differs_in_two_points_is_not_named(other: JSONObject) -> None:
    assert near(bound(other)) == []


def test_unrelated_grants_are_not_named() -> None:
    assert near(bound(rule("get", "services"))) == []
    assert near(bound(rule("list", "pods"), "User/nora")) == []


@pytest.mark.parametrize(
    ("subject", "user"),
    [
        ("User/oidc:team:nora", User("oidc:team:nora")),
        ("User/nora", User("nora")),
        ("Group/oidc:team", User("nora", ("oidc:team",))),
        ("Group/system:serviceaccounts:ops", SYNC),
        ("User/system:serviceaccount:ops:sync", SYNC),
        ("ServiceAccount/ops:sync", User("system:serviceaccount:ops:sync")),
    ],
)
def test_a_grant_in_another_namespace_is_found_however_the_subject_is_written(
    subject: str, user: User
) -> None:
    elsewhere = bound(rule("list", "pods"), subject, namespace="y")
    assert "Role r holds it in y only, not in x" in near(elsewhere, user=user)


def test_irrelevant_bindings_do_not_hide_near_misses() -> None:
    """Before and after each near miss are irrelevant bindings of the user and of others."""
    builder = ClusterBuilder().role("other", rule("get", "services")).role("lists", rule("list", "pods"))
    for namespace in ("a", "x", "y"):
        for name in ("b0", "b9"):
            builder.bind("other", "User/nora", "User/bob", namespace=namespace, kind="ClusterRole", name=name)
    builder.bind("lists", "User/nora", namespace="y", kind="ClusterRole", name="b5")
    builder.bind("gone", "User/nora", "User/bob", namespace="x", kind="ClusterRole", name="b5")
    builder.bind(
        "lists", "User/ana", "User/norah", "Group/nora", namespace="x", kind="ClusterRole", name="b6"
    )
    assert near(builder, user=User("nora")) == [
        (
            "RoleBinding b5 of namespace x names ClusterRole gone, which does not exist: it grants nothing "
            "until that is created"
        ),
        "ClusterRole lists holds it in y only, not in x",
        "User/norah holds it through RoleBinding b6 of namespace x, and that is somebody else than nora",
        "Group/nora holds it through RoleBinding b6 of namespace x, and that is somebody else than nora",
    ]


def test_a_cluster_wide_grant_of_the_user_is_not_a_near_miss() -> None:
    everywhere = ClusterBuilder().role("r", rule("list", "pods")).bind("r", "User/nora")
    assert near(everywhere, user=User("nora")) == []


def test_a_similar_name_without_the_permission_does_not_hide_one_with_it() -> None:
    builder = ClusterBuilder().role("other", rule("get", "services")).role("lists", rule("list", "pods"))
    builder.bind("other", "User/nora1", namespace="x", kind="ClusterRole", name="a")
    builder.bind("lists", "User/nora2", namespace="x", kind="ClusterRole", name="b")
    assert near(builder, user=User("nora")) == [
        "User/nora2 holds it through RoleBinding b of namespace x, and that is somebody else than nora"
    ]


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (5, "n0, n1, n2, n3, n4 only"),
        (6, "n0, n1, n2, n3, n4 and 1 more namespaces only"),
        (8, "n0, n1, n2, n3, n4 and 3 more namespaces only"),
    ],
)
def test_at_most_five_namespaces_of_a_role_are_named(count: int, shown: str) -> None:
    builder = ClusterBuilder().role("r", rule("list", "pods"))
    for number in range(count):
        for name in ("one", "two"):
            builder.bind("r", "User/nora", namespace=f"n{number}", kind="ClusterRole", name=name)
    (text,) = near(builder, user=User("nora"))
    assert text == f"ClusterRole r holds it in {shown}, not in x"


def test_at_most_five_roles_of_other_namespaces_are_named() -> None:
    builder = ClusterBuilder()
    for number in range(7):
        builder.role(f"r{number}", rule("list", "pods")).bind(
            f"r{number}", "User/nora", namespace="y", kind="ClusterRole"
        )
    assert near(builder, user=User("nora")) == [
        f"ClusterRole r{number} holds it in y only, not in x" for number in range(5)
    ]


@pytest.mark.parametrize(
    ("name", "user", "is_near"),
    [
        ("nora", "nora@example.com", True),
        ("nora@example.org", "nora@example.com", False),
        ("system:serviceaccount:ops:nora", "nora", True),
        ("norah", "nora", True),
        ("xora", "nora", True),
        ("norx", "nora", True),
        ("xnora", "nora", True),
        ("norahs", "nora", False),
        ("xorx", "nora", False),
        ("bob", "nora", False),
        ("b", "a", False),
        ("a", "b", False),
        ("nora", "norahs", False),
    ],
)
def test_names_are_alike_without_their_domain_or_but_for_one_letter(
    name: str, user: str, is_near: bool
) -> None:
    result = near(bound(rule("list", "pods"), f"User/{name}"), user=User(user))
    assert bool(result) == is_near, result


def test_the_verbs_groups_and_resources_of_a_user_are_listed_without_duplicates() -> None:
    builder = ClusterBuilder()
    rules = [
        {"verbs": ["get", "watch"], "apiGroups": [""], "resources": ["pods"]},
        {"verbs": ["get", "delete"], "apiGroups": ["", "apps"], "resources": ["pods", "services"]},
        {"verbs": ["list"], "apiGroups": ["metrics.k8s.io", "apps"], "resources": ["pods"]},
        {"verbs": ["list"], "apiGroups": [""], "resources": ["services", "pods/log", "pod", "pods/exec"]},
    ]
    builder.role("r", *rules).bind("r", "User/nora", namespace="x", kind="ClusterRole")
    builder.bind("r", "User/nora", name="again")
    assert near(builder, user=User("nora")) == [
        "it holds get, watch, delete on pods, but not list",
        'it holds list on pods of the API group "metrics.k8s.io", "apps", and asked for those of ""',
        "it holds list on pods/log, pod, pods/exec, but not on pods",
    ]


@pytest.mark.parametrize(
    ("other", "is_near"),
    [
        *(("blice", True), ("alicf", True), ("lice", True), ("alic", True), ("ALICE", True), ("alcie", True)),
        *(("blicf", False), ("ali", False), ("alicexy", False), ("a", False)),
    ],
)
def test_a_subject_whose_name_differs_in_one_letter_or_in_case_is_near(other: str, *, is_near: bool) -> None:
    texts = near(bound(rule("list", "pods"), f"User/{other}"), user=User("alice"))
    assert any(text.startswith(f"User/{other} holds it") for text in texts) == is_near


@pytest.mark.parametrize("resource", ["configmaps", "services"])
def test_a_rule_about_an_unrelated_resource_is_no_near_miss(resource: str) -> None:
    assert near(bound(rule("list", resource))) == []

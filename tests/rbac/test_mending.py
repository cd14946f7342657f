"""Tests that the smallest grant is minimal, can be applied, and allows the request."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import Cluster, Request, Subject, User
from rbacpsp.model.json import JSONObject
from rbacpsp.rbac.mending import smallest_grant
from rbacpsp.testing import ClusterBuilder

RBAC = "rbac.authorization.k8s.io"


def reading(*resources: str, verbs: tuple[str, ...] = ("get", "list")) -> JSONObject:
    return {"verbs": list(verbs), "apiGroups": [""], "resources": list(resources)}


def test_a_request_of_one_namespace_gets_a_role_and_a_binding_there() -> None:
    mending = Cluster.from_objects([]).grant(
        [Request("get", resource="pods", namespace="x"), Request("list", resource="pods", namespace="x")],
        Subject("ServiceAccount", "sync", "ops"),
    )
    assert mending.objects == (
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "Role",
            "metadata": {"name": "get-list-pods", "namespace": "x"},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}],
        },
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "get-list-pods:sync", "namespace": "x"},
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "get-list-pods"},
            "subjects": [{"kind": "ServiceAccount", "name": "sync", "namespace": "ops"}],
        },
    )
    assert not mending.allowed


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        (
            Request("get", resource="nodes", name="n1"),
            {"apiGroups": [""], "resources": ["nodes"], "resourceNames": ["n1"], "verbs": ["get"]},
        ),
        (Request("get", path="/metrics"), {"nonResourceURLs": ["/metrics"], "verbs": ["get"]}),
        (
            Request("create", group="apps", resource="deployments", name="web"),
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["create"]},
        ),
        (
            Request("create", resource="pods", subresource="exec", name="web"),
            {"apiGroups": [""], "resources": ["pods/exec"], "resourceNames": ["web"], "verbs": ["create"]},
        ),
    ],
)
def test_names_count_where_a_request_carries_them(request_: Request, rule: JSONObject) -> None:
    role, binding = Cluster.from_objects([]).grant(request_, User("eve")).objects
    assert (role["kind"], binding["kind"], role["rules"]) == ("ClusterRole", "ClusterRoleBinding", [rule])


def test_several_namespaces_are_refused() -> None:
    cluster = Cluster.from_objects([])
    both = [Request("get", resource="pods", namespace="x"), Request("get", resource="pods", namespace="y")]
    for asked in ([], both):
        with pytest.raises(ValueError, match="one namespace"):
            cluster.grant(asked, User("eve"))


def test_names_of_existing_objects_are_not_used_again() -> None:
    cluster = ClusterBuilder().role("list-pods", reading("secrets"), namespace="x").build()
    role, binding = cluster.grant(Request("list", resource="pods", namespace="x"), User("eve")).objects
    assert (role["metadata"]["name"], binding["roleRef"]["name"]) == ("list-pods-2", "list-pods-2")


def test_a_binding_of_that_name_counts_only_in_the_same_namespace() -> None:
    cluster = ClusterBuilder().bind("other", "User/a", namespace="a", name="list-pods:eve").build()
    names = {
        namespace: cluster.grant(Request("list", resource="pods", namespace=namespace), User("eve")).objects[
            1
        ]["metadata"]["name"]
        for namespace in ("a", "x", "")
    }
    assert names == {"a": "list-pods:eve-2", "x": "list-pods:eve", "": "list-pods:eve"}


@pytest.mark.parametrize(
    ("path", "name"), [("/metrics", "get-metrics"), ("/", "get-root"), ("/healthz/*", "get-healthz-all")]
)
def test_a_role_for_a_url_is_named_after_it(path: str, name: str) -> None:
    role, _ = Cluster.from_objects([]).grant(Request("get", path=path), User("eve")).objects
    assert role["metadata"]["name"] == name


def test_existing_roles_are_sorted_by_how_much_more_they_give() -> None:
    cluster = (
        ClusterBuilder()
        .role("everything", {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})
        .role("system:controller:collector", reading("pods", verbs=("delete", "list")))
        .role("deletes", reading("pods", verbs=("list", "delete")))
        .role("wide", reading("pods", "services", "events"))
        .role("just", reading("pods", verbs=("list",)))
        .role("secrets", reading("pods", "secrets"))
        .role("other", reading("services"))
        .build()
    )
    mending = cluster.grant(Request("list", resource="pods", namespace="x"), User("eve"))
    assert [role.name for role in mending.existing] == [
        "just",
        "wide",
        "deletes",
        "secrets",
        "everything",
        "system:controller:collector",
    ]
    assert mending.existing[0].more == ()


@pytest.mark.parametrize(
    ("rule", "more", "changes", "reads"),
    [
        (reading("pods"), (), 0, 0),
        (reading("pods", "services"), ("get, list pods, services",), 0, 2),
        (reading("pods", "secrets"), ("get, list pods, secrets",), 2, 0),
        (
            {"verbs": ["list", "delete"], "apiGroups": ["", "apps"], "resources": ["pods"]},
            ("list, delete pods, pods.apps",),
            2,
            1,
        ),
    ],
)
def test_what_an_existing_role_gives_beyond_the_request_is_counted(
    rule: JSONObject, more: tuple[str, ...], changes: int, reads: int
) -> None:
    asked = [Request("list", resource="pods", namespace="x")]
    asked += [Request("get", resource="pods", namespace="x")] if "get" in rule["verbs"] else []
    mending = ClusterBuilder().role("r", rule).build().grant(asked, User("eve"))
    (role,) = mending.existing
    assert (role.more, role.changes, role.reads) == (more, changes, reads)


@pytest.mark.parametrize(
    ("subject", "written"),
    [
        (Subject("Group", "dev"), {"kind": "Group", "apiGroup": RBAC, "name": "dev"}),
        (Subject("User", "eve"), {"kind": "User", "apiGroup": RBAC, "name": "eve"}),
        (
            Subject("ServiceAccount", "sync", "ops"),
            {"kind": "ServiceAccount", "name": "sync", "namespace": "ops"},
        ),
    ],
)
def test_a_binding_names_each_kind_of_subject_as_the_server_wants_it(
    subject: Subject, written: JSONObject
) -> None:
    _, binding = Cluster.from_objects([]).grant(Request("list", resource="pods"), subject).objects
    assert binding["subjects"] == [written]


def test_a_role_of_all_resources_gives_far_more() -> None:
    cluster = ClusterBuilder().role("wide", reading("*")).build()
    (role,) = cluster.grant(Request("list", resource="pods", namespace="x"), User("eve")).existing
    assert role.changes + role.reads > 50


def test_a_role_of_the_namespace_is_sufficient_and_one_of_another_is_not() -> None:
    builder = ClusterBuilder().role("here", reading("pods"), namespace="x")
    cluster = builder.role("there", reading("pods"), namespace="y").role("anywhere", reading("pods")).build()

    def existing(namespace: str) -> set[tuple[str, str]]:
        asked = Request("get", resource="pods", namespace=namespace)
        return {(role.kind, role.name) for role in cluster.grant(asked, User("eve")).existing}

    assert existing("x") == {("Role", "here"), ("ClusterRole", "anywhere")}
    builder.role("here", reading("pods"), namespace="y")
    for namespace in "xy":
        asked = Request("get", resource="pods", namespace=namespace)
        alike = builder.build().grant(asked, User("eve")).existing
        assert [role.name for role in alike].count("here") == 1
    assert existing("") == {("ClusterRole", "anywhere")}


WORDS = st.sampled_from(["get", "list", "create", "delete", "use"])
THINGS = st.sampled_from(
    [("", "pods"), ("apps", "deployments"), ("", "secrets"), ("policy", "podsecuritypolicies")]
)
REQUESTS = st.builds(
    lambda verb, thing, sub, name, place: Request(
        verb, group=thing[0], resource=thing[1], subresource=sub, name=name, namespace=place
    ),
    WORDS,
    THINGS,
    st.sampled_from(["", "log", "scale"]),
    st.sampled_from(["", "web"]),
    st.sampled_from(["", "x"]),
)


@settings(max_examples=60)
@given(
    asked=REQUESTS | st.builds(lambda path: Request("get", path=path), st.sampled_from(["/x", "/metrics"]))
)
def test_the_grant_allows_the_request_and_nothing_else(asked: Request) -> None:
    mending = Cluster.from_objects([]).grant(asked, User("eve"))
    cluster = Cluster.from_objects(list(mending.objects))
    assert cluster.authorize(User("eve"), asked)
    assert not cluster.authorize(User("dan"), asked)
    assert not cluster.authorize(User("eve"), Request("patch", resource="pods", namespace="x"))
    if asked.namespace and asked.path is None:
        elsewhere = Request(asked.verb, group=asked.group, resource=asked.resource, namespace="y")
        assert not cluster.authorize(User("eve"), elsewhere)


def pods(verb: str, resource: str = "pods", name: str = "", subresource: str = "") -> Request:
    return Request(verb, resource=resource, subresource=subresource, name=name, namespace="x")


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ([pods("get"), pods("list")], "get-list-pods"),
        ([pods("get"), pods("get")], "get-pods"),
        ([pods("*")], "all-pods"),
        ([pods("get", "*")], "get-all"),
        ([pods("get"), pods("list", "services")], "get-list-pods-and-more"),
        ([pods("get", "services"), pods("get")], "get-services-and-more"),
        ([pods("get", name="web")], "get-pods-web"),
        ([pods("get", name="web"), pods("delete", name="web")], "get-delete-pods-web"),
        ([pods("get", name="web"), pods("get", name="db")], "get-pods"),
        ([pods("get", name="web"), pods("create", name="db")], "get-create-pods-web"),
        ([pods("get", name="web"), pods("list")], "get-list-pods-web"),
        ([pods("create", subresource="exec", name="web")], "create-pods-exec-web"),
        ([Request("get", path="/metrics"), Request("get", path="/logs")], "get-metrics-and-more"),
    ],
)
def test_a_role_is_named_after_verbs_and_what_they_are_on(asked: list[Request], name: str) -> None:
    role, binding = Cluster.from_objects([]).grant(asked, User("eve")).objects
    assert role["metadata"]["name"] == name
    assert binding["metadata"]["name"] == f"{name}:eve"


def test_each_resource_and_name_gets_one_rule_with_all_of_its_verbs() -> None:
    asked = [pods("get"), pods("get", "services"), pods("list"), pods("get"), pods("get", name="web")]
    asked += [pods("create", name="web"), pods("create", "pods", "web", "exec")]
    role, _ = Cluster.from_objects([]).grant(asked, User("eve")).objects
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "create"]},
        {"apiGroups": [""], "resources": ["services"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods"], "resourceNames": ["web"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods/exec"], "resourceNames": ["web"], "verbs": ["create"]},
    ]
    urls = [Request("get", path="/a"), Request("post", path="/a"), Request("get", path="/b")]
    role, _ = Cluster.from_objects([]).grant(urls, User("eve")).objects
    assert role["rules"] == [
        {"nonResourceURLs": ["/a"], "verbs": ["get", "post"]},
        {"nonResourceURLs": ["/b"], "verbs": ["get"]},
    ]


def test_the_first_free_number_is_used() -> None:
    builder = ClusterBuilder()
    for name in ("list-pods", "list-pods-2", "list-pods-3"):
        builder.role(name, reading("secrets"), namespace="x")
        builder.bind(name, "User/a", namespace="x", name=f"{name}:eve")
    for elsewhere in ("a", "y", ""):
        builder.role("list-pods-4", reading("nodes"), namespace=elsewhere)
    role, binding = builder.build().grant(pods("list"), User("eve")).objects
    assert (role["metadata"]["name"], binding["metadata"]["name"]) == ("list-pods-4", "list-pods:eve-2")
    same = {"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]}
    kept, _ = ClusterBuilder().role("list-pods", same, namespace="x").build().grant(pods("list"), BOB).objects
    assert kept["metadata"]["name"] == "list-pods"


BOB = User("bob")
ANY = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}


@pytest.mark.parametrize(
    ("rules", "changes", "reads", "everything"),
    [
        ([reading("pods", verbs=("list",))], 0, 0, False),
        ([reading("pods", verbs=("list", "list"))], 0, 0, False),
        ([reading("pods", verbs=("list", "patch", "delete"))], 2, 0, False),
        ([reading("pods", verbs=("list",)), reading("services", "events")], 0, 4, False),
        ([reading("pods", verbs=("*",))], 10, 0, False),
        ([reading("*", verbs=("list",))], 59, 0, False),
        ([reading("*", verbs=("list", "delete"))], 119, 0, False),
        ([ANY], 600, 0, True),
        ([reading("pods", verbs=("list",)), {"verbs": ["*"], "nonResourceURLs": ["*"]}], 600, 0, False),
        (
            [reading("pods", verbs=("list",)), {"verbs": ["get"], "nonResourceURLs": ["/a", "/b"]}],
            0,
            2,
            False,
        ),
        (
            [
                reading("pods", verbs=("list",)),
                {**reading("pods", "services"), "resourceNames": ["a", "b", "c"]},
            ],
            *(0, 12, False),
        ),
        ([{**reading("pods"), "apiGroups": ["", "apps", "batch"]}], 0, 5, False),
    ],
)
def test_permissions_beyond_the_request_are_counted_by_verb_and_object(
    rules: list[JSONObject], changes: int, reads: int, *, everything: bool
) -> None:
    mending = ClusterBuilder().role("r", *rules).build().grant(pods("list"), User("eve"))
    (role,) = mending.existing
    assert (role.changes, role.reads, role.everything) == (changes, reads, everything)


def test_a_change_that_was_asked_for_is_not_counted_as_beyond_the_request() -> None:
    rule = reading("pods", "services", verbs=("create", "delete", "get"))
    mending = ClusterBuilder().role("r", rule).build().grant(pods("create"), User("eve"))
    (role,) = mending.existing
    assert (role.changes, role.reads) == (3, 2)


def test_names_that_are_taken_in_other_namespaces_are_free() -> None:
    start = ClusterBuilder().role("r", reading("pods"))
    for namespace in ("a", "z"):
        start.role("list-pods", reading("nodes"), namespace=namespace)
        start.bind("list-pods", "User/bob", namespace=namespace, name="list-pods:eve")
    role, binding = start.build().grant(pods("list"), User("eve")).objects
    assert (role["metadata"]["name"], binding["metadata"]["name"]) == ("list-pods", "list-pods:eve")


def test_rules_beyond_the_request_are_listed_with_groups_names_and_urls() -> None:
    more = {"verbs": ["get"], "apiGroups": ["", "apps"], "resources": ["a", "b"], "resourceNames": ["x", "y"]}
    urls = {"verbs": ["get", "post"], "nonResourceURLs": ["/a", "/b"]}
    rules = (more, reading("pods", verbs=("list",)), urls, more)
    (role,) = ClusterBuilder().role("r", *rules).build().grant(pods("list"), User("eve")).existing
    assert role.more == ("get a, b, a.apps, b.apps named x, y", "get, post /a, /b")


def test_requests_that_are_allowed_already_are_reported() -> None:
    cluster = ClusterBuilder().role("r", reading("pods")).bind("r", "User/eve").build()
    assert cluster.grant([pods("get"), pods("list")], User("eve")).allowed
    assert not cluster.grant([pods("get"), pods("delete")], User("eve")).allowed
    assert [role.name for role in cluster.grant([pods("get"), pods("list")], User("bob")).existing] == ["r"]
    assert cluster.grant([pods("get"), pods("delete")], User("bob")).existing == ()


@pytest.mark.parametrize("namespaces", [(), ("a", "b"), ("a", "")])
def test_a_grant_is_for_requests_of_one_scope(namespaces: tuple[str, ...]) -> None:
    requests = [Request("get", resource="pods", namespace=namespace) for namespace in namespaces]
    with pytest.raises(ValueError, match="a grant is for one namespace, or for the whole cluster"):
        smallest_grant(requests, Subject("User", "eve"), Cluster.from_objects([]).objects)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (Subject("user", "ann"), 'unknown kind of subject "user"; known kinds: Group, ServiceAccount, User'),
        (Subject("ServiceAccount", "web"), 'subject: the service account "web" needs a namespace'),
    ],
)
def test_a_subject_that_no_binding_can_name_gets_no_grant(subject: Subject, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Cluster.from_objects([]).grant(Request("get", resource="pods", namespace="x"), subject)

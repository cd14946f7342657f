"""Tests steps whose permissions are limited to some objects, or come from a subject and from its groups."""

import pytest

from rbacpsp.paths.place import Place
from rbacpsp.testing import ClusterBuilder, pod, rule
from tests.paths.clusters import CERTIFICATES, EVE, RBAC
from tests.paths.test_conditions import Rule, reasons, sources, three

BIND = rule("bind", "clusterroles", RBAC)


def binds(
    family: str, *rules: Rule, namespace: str = "", start: ClusterBuilder, version: str = "1.30"
) -> set[tuple[str, str]]:
    """The targets of a family, with the reasons, for User/eve with some rules in a scope."""
    start.role("r", *rules).bind("r", EVE, namespace=namespace, kind="ClusterRole", name="eve")
    graph = start.build(kubernetes_version=version).paths().graph
    edges = (edge for edge in graph.edges() if edge.technique and edge.technique.name == family)
    return {(graph.places[edge.target].words, edge.cause.reason) for edge in edges}


BINDS_ALL = {("cluster-admin", "binds cluster-admin")}
CREATES = {
    "creates": (rule("create", "clusterrolebindings", RBAC), BINDS_ALL),
    "applies a named one": (rule("create patch", "clusterrolebindings", RBAC, "new"), BINDS_ALL),
    "creates a named one": (rule("create", "clusterrolebindings", RBAC, "new"), set()),
    "changes one": (
        rule("patch", "clusterrolebindings", RBAC, "low"),
        {("ClusterRole/low", "adds itself to ClusterRoleBinding low")},
    ),
    "changes none": (rule("patch", "clusterrolebindings", RBAC, "gone"), set()),
}


@pytest.mark.parametrize("name", CREATES)
def test_who_binds_without_creating_bindings_only_joins_existing_ones(name: str) -> None:
    """The roleRef of a binding never changes; a server-side apply that creates one sends its name."""
    writes, expected = CREATES[name]
    start = ClusterBuilder().role("low", rule("get", "pods")).bind("low", "User/x")
    assert binds("bind-in-cluster", BIND, writes, start=start) == expected


@pytest.mark.parametrize(("verb", "version", "is_open"), [("patch", "1.15", 0), ("update", "1.15", 1)])
def test_an_update_creates_a_named_binding_before_server_side_apply(
    verb: str, version: str, *, is_open: bool
) -> None:
    writes = rule(f"create {verb}", "clusterrolebindings", RBAC, "new")
    reached = binds("bind-in-cluster", BIND, writes, start=ClusterBuilder(), version=version)
    assert reached == (BINDS_ALL if is_open else set())


@pytest.mark.parametrize(("namespace", "expected"), [("", "a b"), ("a", "a")])
def test_who_binds_in_namespaces_without_creating_bindings_only_joins_existing_ones(
    namespace: str, expected: str
) -> None:
    start = three().role("low", rule("get", "pods"))
    for place in ("a", "b"):
        start.bind("low", "User/x", namespace=place, kind="ClusterRole")
    changes = rule("patch", "rolebindings", RBAC, "low")
    assert binds("bind-in-namespace", BIND, changes, namespace=namespace, start=start) == {
        (f"ClusterRole/low in namespace {place}", "adds itself to RoleBinding low")
        for place in expected.split()
    }


@pytest.mark.parametrize(("changed", "expected"), [("own", True), ("other", False)])
def test_who_may_escalate_everything_must_be_able_to_change_its_own_role(
    changed: str, expected: bool
) -> None:
    for resource, namespace in (("clusterroles", ""), ("roles", "a")):
        builder = three().role("own", rule("escalate", resource, RBAC), namespace=namespace)
        builder.role("change", rule("patch", resource, RBAC, changed), namespace=namespace)
        for role in ("own", "change"):
            builder.bind(role, EVE, namespace=namespace)
        family = "escalate-in-namespace" if namespace else "escalate-in-cluster"
        assert bool(sources(family, builder)) == expected


@pytest.mark.parametrize("group", ["authenticated", "serviceaccounts", "serviceaccounts:a"])
def test_a_member_uses_a_permission_of_its_group_together_with_one_of_its_own(group: str) -> None:
    builder = three().service_account("a", "x").role("binds", BIND).bind("binds", f"Group/system:{group}")
    builder.role("creates", CREATES["creates"][0]).bind("creates", "ServiceAccount/a:x")
    assert sources("bind-in-cluster", builder) == {"ServiceAccount/a:x"}
    paths = builder.build(kubernetes_version="1.30").paths()
    (path,) = paths.to(Place("cluster-admin"))
    assert path.grants[0].subject.name == f"system:{group}"
    cuts = paths.cuts(Place("cluster-admin"))
    assert [(cut.subject.name, cut.closed) for cut in cuts] == [(f"system:{group}", 1)]


def test_accounts_of_a_namespace_use_permissions_of_two_groups() -> None:
    builder = three().service_account("a", "x").role("binds", BIND).role("creates", CREATES["creates"][0])
    builder.bind("binds", "Group/system:serviceaccounts").bind("creates", "Group/system:serviceaccounts:a")
    starts = {path.start.words for path in builder.build().paths().to(Place("cluster-admin"))}
    assert starts == {"Group/system:serviceaccounts:a", "ServiceAccount/a:x"}


NAMED = {
    "a pod": ("web", "ServiceAccount/a:web"),
    "another pod": ("db", "ServiceAccount/a:db"),
    "a pod of a workload": ("api-0", "ServiceAccount/a:api"),
    "no pod": ("gone", ""),
}


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize(
    ("verb", "resource"),
    [
        ("create", "pods/exec"),
        ("create", "pods/attach"),
        ("patch", "pods"),
        ("patch", "pods/ephemeralcontainers"),
    ],
)
def test_a_permission_on_named_pods_reaches_only_what_these_pods_have(
    name: str, verb: str, resource: str
) -> None:
    builder = three(a="baseline")
    for account in ("web", "db"):
        builder.service_account("a", account).add(pod(account, namespace="a", serviceAccountName=account))
    spec = {"template": {"spec": pod("api", serviceAccountName="api")["spec"]}}
    workload = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "api", "namespace": "a"}}
    builder.service_account("a", "api").add({**workload, "spec": spec})
    wanted, expected = NAMED[name]
    builder.role("r", rule(verb, resource, names=wanted))
    builder.bind("r", EVE, namespace="a", kind="ClusterRole")
    found = builder.build(kubernetes_version="1.30").paths().from_(Place("User", "", "eve")).paths
    assert {path.goal.words for path in found if path.goal.kind == "ServiceAccount"} == set(expected.split())


REQUESTS, APPROVAL = "certificatesigningrequests", "certificatesigningrequests/approval"
APPROVE = rule("approve", "signers", CERTIFICATES)
CLAIMED_PODS = rule("create", "pods persistentvolumeclaims")
APPLIED_PODS = rule("create patch", "pods persistentvolumeclaims", names="x")
VOLUMES = rule("create", "persistentvolumes")
APPLIED: dict[str, tuple[str, tuple[Rule, ...], bool]] = {
    "applies a pod": ("run-as", (rule("create patch", "pods", names="x"),), True),
    "does everything with a pod": ("mount-secrets", (rule("*", "pods", names="x"),), True),
    "creates a pod": ("run-as", (rule("create", "pods", names="x"),), False),
    "creates and updates a pod": ("run-as", (rule("create update", "pods", names="x"),), False),
    "patches a pod": ("run-as", (rule("patch", "pods", names="x"),), False),
    "creates and patches a pod by two rules": (
        "run-as",
        (rule("create", "pods", names="x"), rule("patch", "pods", names="x y")),
        True,
    ),
    "creates one of two pods and patches any": (
        "mount-secrets",
        (rule("create", "pods", names="x"), rule("patch", "pods")),
        True,
    ),
    "creates one pod and patches another": (
        "run-as",
        (rule("create", "pods", names="x"), rule("patch", "pods", names="y")),
        False,
    ),
    "creates and patches a run by two rules": (
        "run-as-by-controller",
        (rule("create", "workflows", "argoproj.io", "x"), rule("patch", "workflows", "argoproj.io", "x")),
        True,
    ),
    "creates a run and patches everything": (
        "run-as-by-controller",
        (rule("create", "workflows", "argoproj.io", "x"), rule("patch", "*", "*")),
        True,
    ),
    "creates and patches a secret by two rules": (
        "issue-token",
        (rule("create get", "secrets", names="x"), rule("patch", "secrets", names="x")),
        True,
    ),
    "takes a node": ("take-node", (rule("create patch", "pods", names="x"),), True),
    "applies a run": ("run-as-by-controller", (rule("create patch", "workflows", "argoproj.io", "x"),), True),
    "creates a run": ("run-as-by-controller", (rule("create", "workflows", "argoproj.io", "x"),), False),
    "applies a secret": ("issue-token", (rule("create patch get", "secrets", names="x"),), True),
    "creates a secret": ("issue-token", (rule("create get", "secrets", names="x"),), False),
    "creates any secret": (
        "issue-token",
        (rule("create", "secrets"), rule("get", "secrets", names="y")),
        True,
    ),
    "reads another secret": (
        "issue-token",
        (rule("create patch", "secrets", names="x"), rule("get", "secrets", names="y")),
        False,
    ),
    "reads one of two": (
        "issue-token",
        (rule("create patch", "secrets", names="x y"), rule("get", "secrets", names="y")),
        True,
    ),
    "reads every secret": (
        "issue-token",
        (rule("create patch", "secrets", names="x"), rule("list", "secrets")),
        True,
    ),
    "applies a volume": (
        "claim-host-path",
        (rule("create patch", "persistentvolumes", names="x"), CLAIMED_PODS),
        True,
    ),
    "creates a volume": (
        "claim-host-path",
        (rule("create", "persistentvolumes", names="x"), CLAIMED_PODS),
        False,
    ),
    "creates and patches a volume by two rules": (
        "claim-host-path",
        (
            rule("create", "persistentvolumes", names="x"),
            rule("patch", "persistentvolumes", names="x"),
            CLAIMED_PODS,
        ),
        True,
    ),
    "applies a pod with a volume": (
        "claim-host-path",
        (VOLUMES, APPLIED_PODS),
        True,
    ),
    "creates a pod with a volume": ("claim-host-path", (VOLUMES, rule("create", "pods", names="x")), False),
    "creates and patches a pod with a volume by two rules": (
        "claim-host-path",
        (VOLUMES, rule("create", "pods persistentvolumeclaims", names="x"), rule("patch", "*", names="x")),
        True,
    ),
    "applies a request": (
        "approve-certificate",
        (
            rule("create patch", REQUESTS, CERTIFICATES, "x"),
            rule("patch", APPROVAL, CERTIFICATES, "x"),
            APPROVE,
        ),
        True,
    ),
    "creates and patches a request by two rules": (
        "approve-certificate",
        (
            rule("create", REQUESTS, CERTIFICATES, "x"),
            rule("patch", f"{REQUESTS} {APPROVAL}", CERTIFICATES, "x"),
            APPROVE,
        ),
        True,
    ),
    "approves another request": (
        "approve-certificate",
        (
            rule("create patch", REQUESTS, CERTIFICATES, "x"),
            rule("patch", APPROVAL, CERTIFICATES, "y"),
            APPROVE,
        ),
        False,
    ),
    "creates a request": (
        "approve-certificate",
        (rule("create", REQUESTS, CERTIFICATES, "x"), rule("patch", APPROVAL, CERTIFICATES), APPROVE),
        False,
    ),
    "applies the request of a node": (
        "node-certificate",
        (
            rule("create patch", REQUESTS, CERTIFICATES, "x"),
            rule("create", f"{REQUESTS}/nodeclient", CERTIFICATES),
        ),
        True,
    ),
    "labels its namespace": (
        "relabel-namespace",
        (rule("patch", "namespaces"), rule("create patch", "pods", names="x")),
        True,
    ),
}


@pytest.mark.parametrize("name", APPLIED)
def test_a_named_object_is_created_by_who_may_also_patch_it(name: str) -> None:
    """Server-side apply sends the name, which a plain creation does not; it is on from 1.16."""
    family, rules, expected = APPLIED[name]
    assert bool(reasons(family, *rules, start=three(b="baseline"))) == expected
    assert bool(reasons(family, *rules, start=three(), version="1.16")) == (
        expected and family != "relabel-namespace"
    )
    assert bool(reasons(family, *rules, start=three(), version="1.15")) == (name == "creates any secret")


def test_an_applied_secret_gives_the_tokens_of_the_namespaces_where_its_name_is_read() -> None:
    apply = rule("create patch", "secrets", names="x")
    reached = reasons("issue-token", apply, local=("b", rule("get", "secrets", names="x")))
    assert reached == {
        ("any service account of namespace b", "secret x, which gets type service-account-token")
    }
    assert reasons("issue-token", apply, local=("b", rule("get", "secrets", names="y"))) == set()


@pytest.mark.parametrize(("reads", "length"), [("x", 2), ("y", None)])
def test_a_role_that_a_subject_binds_to_itself_reads_the_secret_that_it_applies(
    reads: str, length: int | None
) -> None:
    start = (
        three()
        .service_account("b", "x")
        .role(
            "r",
            rule("create patch", "secrets", names="x"),
            rule("get", "secrets", names=reads),
            namespace="b",
        )
    )
    start.role("b", rule("bind", "roles", RBAC), rule("create", "rolebindings", RBAC), namespace="b")
    paths = start.bind("b", EVE, namespace="b").build(kubernetes_version="1.30").paths()
    path = paths.between(Place("User", "", "eve"), Place("ServiceAccount", "b", "x"))
    assert (path.length if path else None) == length


def test_policies_check_the_author_of_an_applied_pod() -> None:
    start = (
        three().service_account("b", "x").policy("p", volumes=["projected"]).may_use("p", EVE, namespace="b")
    )
    apply = rule("create patch", "pods", names="x")
    assert reasons("run-as", apply, start=start, version="1.24") == {
        ("any service account of namespace b", "admitted by policy p")
    }
    start.may_use("p", "ServiceAccount/kube-system:job-controller", namespace="a")
    assert reasons("run-as", apply, start=start, version="1.24") == {
        ("any service account of namespace b", "admitted by policy p")
    }


@pytest.mark.parametrize(
    ("namespace", "patched", "expected"),
    [("", "x", "any service account"), ("b", "x", "any service account of namespace b"), ("b", "y", "")],
)
def test_a_named_object_is_created_where_one_role_allows_it_and_another_to_patch_it(
    namespace: str, patched: str, expected: str
) -> None:
    """A member uses what its group may patch, and a role in a namespace completes one of the cluster."""
    for who, where in ((EVE, namespace), ("Group/system:authenticated", namespace)):
        start = three().role("creates", rule("create", "pods", names="x")).bind("creates", EVE)
        start.role("patches", rule("patch", "pods", names=patched))
        start.bind("patches", who, namespace=where, kind="ClusterRole")
        paths = start.service_account("b", "y").build(kubernetes_version="1.30").paths()
        steps = {
            paths.graph.places[edge.target].words
            for edge in paths.graph.edges()
            if edge.technique is not None and edge.technique.name == "run-as"
        }
        assert steps == set(filter(None, [expected]))


def test_who_creates_and_patches_by_roles_of_two_namespaces_creates_nothing() -> None:
    start = three().role("creates", rule("create", "pods", names="x")).role("patches", rule("patch", "pods"))
    start.bind("creates", EVE, namespace="a", kind="ClusterRole")
    start.bind("patches", EVE, namespace="b", kind="ClusterRole")
    assert sources("run-as", start) == set()
    start.bind("patches", EVE, namespace="a", kind="ClusterRole")
    assert sources("run-as", start) == {EVE}


def test_a_volume_is_applied_only_with_permissions_in_the_whole_cluster() -> None:
    start = three().role("creates", rule("create", "persistentvolumes", names="x"), CLAIMED_PODS)
    start.bind("creates", EVE).role("patches", rule("patch", "persistentvolumes"))
    start.bind("patches", EVE, namespace="a", kind="ClusterRole")
    assert sources("claim-host-path", start) == set()
    start.bind("patches", EVE)
    assert sources("claim-host-path", start) == {EVE}


def test_the_certificate_of_a_node_is_issued_for_an_applied_request() -> None:
    apply = rule("create patch", REQUESTS, CERTIFICATES, "x")
    for name, expected in (("x", True), ("y", False)):
        rules = (apply, rule("patch", APPROVAL, CERTIFICATES, name), APPROVE)
        assert bool(reasons("approve-node-certificate", *rules, start=three())) == expected

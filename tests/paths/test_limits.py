"""Tests steps whose permissions are limited to some objects, or come from a subject and from its groups."""

import pytest

from rbacpsp.paths.place import Place
from rbacpsp.testing import ClusterBuilder, pod, rule
from tests.paths.clusters import EVE, RBAC
from tests.paths.test_conditions import Rule, sources, three

BIND = rule("bind", "clusterroles", RBAC)


def binds(family: str, *rules: Rule, namespace: str = "", start: ClusterBuilder) -> set[tuple[str, str]]:
    """The targets of a family, with the reasons, for User/eve with some rules in a scope."""
    start.role("r", *rules).bind("r", EVE, namespace=namespace, kind="ClusterRole", name="eve")
    graph = start.build(kubernetes_version="1.30").paths().graph
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

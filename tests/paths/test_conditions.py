"""Tests the conditions of steps: a namespace that does not meet one is skipped."""

from typing import Any

import pytest

from rbacpsp.model.scc import GROUP, RESOURCE
from rbacpsp.paths.place import Place
from rbacpsp.testing import ClusterBuilder, pod, rule
from tests.paths.around import operator
from tests.paths.clusters import (
    ADMISSION,
    APPROVAL,
    CERTIFICATES,
    CHANGE_POLICY,
    CREATE_PODS,
    CSR,
    EVE,
    LEVEL,
    NO_NODE,
    NODE_POD,
    RBAC,
    RESTRICTED_CONSTRAINTS,
    constraints,
)
from tests.paths.test_steps import leads, two

Rule = dict[str, list[str]]


def reasons(
    family: str,
    *rules: Rule,
    start: ClusterBuilder | None = None,
    local: tuple[str, Rule] | None = None,
    version: str = "1.30",
) -> set[tuple[str, str]]:
    """The steps of a family for User/eve, who holds some rules everywhere and one in a namespace.

    Each step is a target and a reason.
    """
    builder = ClusterBuilder().add(*(start or three()).objects).role("r", *rules).bind("r", EVE)
    if local is not None:
        namespace, held = local
        builder.role("local", held).bind("local", EVE, namespace=namespace, kind="ClusterRole")
    graph = builder.build(kubernetes_version=version).paths().graph
    roles = {Place("role", "", "ClusterRole/r")}
    roles |= {Place("role", namespace, "ClusterRole/local") for namespace in ("a", "b", "c")}
    return {
        (graph.places[edge.target].words, edge.cause.reason)
        for edge in graph.edges()
        if edge.technique is not None
        and edge.technique.name == family
        and graph.places[edge.source] in {Place("User", "", "eve"), *roles}
    }


def three(**levels: str) -> ClusterBuilder:
    """Namespaces a, b and c; a Pod Security level may be enforced there."""
    builder = ClusterBuilder()
    for namespace in ("a", "b", "c"):
        level = levels.get(namespace)
        builder.namespace(namespace, {LEVEL: level} if level else {})
    return builder


BIND = rule("bind", "clusterroles", RBAC)
APPROVE = rule("approve", "signers", CERTIFICATES)
GROUPS = rule("impersonate", "groups")
REQUESTS = "certificatesigningrequests"


@pytest.mark.parametrize(
    ("everywhere", "in_a"),
    [
        ((CSR, APPROVAL), APPROVE),
        ((CSR, APPROVE), APPROVAL),
        ((APPROVAL, APPROVE), CSR),
        ((rule("create", f"{REQUESTS}/nodeclient", CERTIFICATES),), CSR),
        ((CSR,), rule("create", f"{REQUESTS}/nodeclient", CERTIFICATES)),
        ((BIND,), rule("create", "clusterrolebindings", RBAC)),
        ((rule("escalate", "clusterroles", RBAC),), rule("patch", "clusterroles", RBAC)),
        ((rule("patch", "clusterroles", RBAC),), rule("escalate", "clusterroles", RBAC)),
        ((GROUPS,), rule("impersonate", "users")),
        ((), rule("impersonate", "users")),
        ((), rule("get", "nodes/proxy")),
        ((), rule("create", "mutatingwebhookconfigurations validatingwebhookconfigurations", ADMISSION)),
        ((), rule("create", "persistentvolumes")),
    ],
)
def test_a_role_binding_grants_nothing_on_cluster_scoped_resources(
    everywhere: tuple[Rule, ...], in_a: Rule
) -> None:
    start = two().role("local", in_a).bind("local", EVE, namespace="a", kind="ClusterRole")
    assert leads(*everywhere, start=start) == ""
    graph = start.build(kubernetes_version="1.30").paths().graph
    assert graph.find(Place("role", "a", "ClusterRole/local")) is None


@pytest.mark.parametrize(
    ("family", "everywhere", "in_b", "reached"),
    [
        (
            "bind-in-namespace",
            BIND,
            rule("create", "rolebindings", RBAC),
            {
                (words, "every permission in the namespace")
                for words in (
                    "any service account of namespace b",
                    "any pod of namespace b",
                    "secrets:b",
                    "node",
                )
            },
        ),
        (
            "issue-token",
            rule("create", "secrets"),
            rule("get", "secrets"),
            {("any service account of namespace b", "a secret of type service-account-token")},
        ),
        (
            "relabel-namespace",
            rule("patch", "namespaces"),
            CREATE_PODS,
            {("node", "lowers the Pod Security level of namespace b")},
        ),
    ],
)
def test_a_step_ends_where_only_a_part_of_what_it_needs_is_held_everywhere(
    family: str, everywhere: Rule, in_b: Rule, reached: set[tuple[str, str]]
) -> None:
    start = three(a="restricted", b="restricted", c="restricted")
    assert reasons(family, everywhere, local=("b", in_b), start=start) == reached
    assert reasons(family, in_b, local=("b", everywhere), start=start) == reached
    assert reasons(family, everywhere, start=start) == set()


def test_roles_of_one_name_that_may_be_bound_reach_their_own_namespaces() -> None:
    start = three()
    for namespace in ("b", "c"):
        start.role("x", rule("get", "secrets"), namespace=namespace)
    bind = {**rule("bind", "roles", RBAC), "resourceNames": ["x"]}
    start.role("r", bind, rule("create", "rolebindings", RBAC)).bind("r", EVE)
    graph = start.build(kubernetes_version="1.30").paths().graph
    assert {
        (graph.places[edge.source], graph.places[edge.target].words)
        for edge in graph.edges()
        if edge.technique is not None and edge.technique.name == "read-secrets"
    } == {(Place("role", namespace, "Role/x"), f"secrets:{namespace}") for namespace in ("b", "c")}


def test_a_policy_is_loosened_for_pods_where_it_may_be_used() -> None:
    start = three().service_account("b", "x").policy("p", **NO_NODE).may_use("p", EVE, namespace="a")
    for namespace, reached in (
        ("a", {("node", "makes policy p privileged and uses it in namespace a")}),
        ("b", set[tuple[str, str]]()),
    ):
        pods = (namespace, CREATE_PODS)
        assert reasons("loosen-policy", CHANGE_POLICY, local=pods, start=start, version="1.24") == reached


def test_a_policy_or_constraints_are_changed_by_a_cluster_role_binding_only() -> None:
    start = three().service_account("b", "x").policy("p", **NO_NODE).may_use("p", EVE)
    assert (
        reasons("loosen-policy", CREATE_PODS, local=("b", CHANGE_POLICY), start=start, version="1.24")
        == set()
    )
    start = three().add(constraints("restricted", **RESTRICTED_CONSTRAINTS))
    write = rule("patch", RESOURCE, GROUP)
    assert reasons("loosen-constraints", CREATE_PODS, local=("b", write), start=start) == set()


def sources(family: str, builder: ClusterBuilder, *, version: str = "1.30") -> set[str]:
    """The places where the steps of a family start."""
    graph = builder.build(kubernetes_version=version).paths().graph
    edges = (edge for edge in graph.edges() if edge.technique and edge.technique.name == family)
    return {graph.places[edge.source].words for edge in edges}


def test_a_cluster_role_is_widened_by_those_who_are_bound_to_it() -> None:
    builder = ClusterBuilder()
    for name, user in (("first", "User/other"), ("mine", EVE), ("other", "User/other")):
        builder.role(name, rule("escalate patch", "clusterroles", RBAC, "mine")).bind(name, user)
    assert sources("escalate-in-cluster", builder) == {"ClusterRole/mine"}


def test_a_role_of_a_namespace_is_widened_by_those_who_are_bound_to_it() -> None:
    widens = rule("escalate patch", "roles", RBAC, "mine")
    builder = three().role("mine", widens).bind("mine", EVE, namespace="b", kind="ClusterRole", name="first")
    for name, user in (("mine", EVE), ("other", "User/other")):
        builder.role(name, widens, namespace="a").bind(name, user, namespace="a")
    assert sources("escalate-in-namespace", builder) == {"Role/mine in namespace a"}


WHOLE = "adds every permission to ClusterRole weak, which it is bound to"
IN_A = ("any service account of namespace a", "any pod of namespace a", "secrets:a", "node")


@pytest.mark.parametrize(
    ("bound", "names", "changed", "expected"),
    [
        ("", "weak", "weak", {("cluster-admin", WHOLE)}),
        ("", "other weak", "weak", {("cluster-admin", WHOLE)}),
        ("", "", "weak", {("cluster-admin", WHOLE)}),
        ("", "other", "weak", set[tuple[str, str]]()),
        ("", "weak", "other", set[tuple[str, str]]()),
        ("a", "weak", "weak", {(words, f"{WHOLE} in namespace a") for words in IN_A}),
        ("a", "other", "weak", set[tuple[str, str]]()),
    ],
)
@pytest.mark.parametrize("who", [EVE, "Group/system:authenticated"])
def test_a_cluster_role_is_widened_by_a_permission_of_another_role(
    bound: str, names: str, changed: str, who: str, expected: set[tuple[str, str]]
) -> None:
    start = three().role("weak", rule("get", "pods"))
    start.bind("weak", who, namespace=bound, kind="ClusterRole")
    rules = (rule("escalate", "clusterroles", RBAC, names), rule("patch", "clusterroles", RBAC, changed))
    assert reasons("escalate-in-cluster", *rules, start=start) == expected


@pytest.mark.parametrize(
    ("home", "scope", "names", "expected"),
    [
        ("a", "", "weak", True),
        ("a", "a", "weak", True),
        ("b", "a", "weak", False),
        ("a", "a", "other", False),
    ],
)
def test_a_role_of_a_namespace_is_widened_by_a_permission_of_a_cluster_role(
    home: str, scope: str, names: str, *, expected: bool
) -> None:
    start = three().role("weak", rule("get", "pods"), namespace=home).bind("weak", EVE, namespace=home)
    start.role("widens", rule("escalate patch", "roles", RBAC, names))
    start.bind("widens", EVE, namespace=scope, kind="ClusterRole")
    reached = {(words, "every permission in the namespace") for words in IN_A}
    assert reasons("escalate-in-namespace", start=start) == (reached if expected else set())


@pytest.mark.parametrize(
    ("names", "changed", "bound", "writes", "expected"),
    [
        ("weak", "weak", "weak", "clusterrolebindings", "cluster-admin"),
        ("", "weak", "weak", "clusterrolebindings", "cluster-admin"),
        ("weak", "weak", "", "clusterrolebindings", "cluster-admin"),
        ("weak", "weak", "other", "clusterrolebindings", ""),
        ("other", "weak", "weak", "clusterrolebindings", ""),
        ("weak", "other", "weak", "clusterrolebindings", ""),
        ("absent", "absent", "absent", "clusterrolebindings", ""),
        ("weak", "weak", "weak", "rolebindings", "any pod of namespace b"),
        ("weak", "weak", "weak", "leases", ""),
    ],
)
def test_a_cluster_role_is_widened_by_those_who_may_bind_it(
    names: str, changed: str, bound: str, writes: str, expected: str
) -> None:
    start = ClusterBuilder().namespace("b").role("weak", rule("get", "pods"))
    rules = (
        rule("escalate", "clusterroles", RBAC, names),
        rule("patch", "clusterroles", RBAC, changed),
        rule("bind", "clusterroles", RBAC, bound),
        rule("create", writes, RBAC),
    )
    reached = reasons("escalate-in-cluster", *rules, start=start)
    widens = "adds every permission to ClusterRole weak and binds it"
    where = " in namespace b" if writes == "rolebindings" else ""
    assert {reason for _, reason in reached} == ({f"{widens}{where}"} if expected else set())
    assert not expected or expected in {words for words, _ in reached}


@pytest.mark.parametrize(
    ("names", "bound", "scope", "expected"),
    [
        ("weak", "weak", "a", True),
        ("", "", "a", True),
        ("", "weak", "", True),
        ("weak", "other", "a", False),
        ("other", "weak", "a", False),
        ("weak", "weak", "b", False),
    ],
)
def test_a_role_of_a_namespace_is_widened_by_those_who_may_bind_it(
    names: str, bound: str, scope: str, *, expected: bool
) -> None:
    start = three().role("weak", rule("get", "pods"), namespace="a")
    start.role(
        "widens",
        rule("escalate patch", "roles", RBAC, names),
        rule("bind", "roles", RBAC, bound),
        rule("create", "rolebindings", RBAC),
    )
    start.bind("widens", EVE, namespace=scope, kind="ClusterRole")
    reached = reasons("escalate-in-namespace", start=start)
    widens = "adds every permission to Role weak and binds it in namespace a"
    assert {reason for _, reason in reached} == ({widens} if expected else set())
    assert ("secrets:a" in {words for words, _ in reached}) == expected


PERSISTENT_VOLUMES = rule("create", "persistentvolumes")
PODS_AND_CLAIMS = rule("create", "pods persistentvolumeclaims")
ROOT_WITH_CLAIMS: dict[str, Any] = {"volumes": ["persistentVolumeClaim", "projected"]}


def test_a_claim_counts_in_the_first_namespace_in_which_all_conditions_hold() -> None:
    claimed = "a hostPath volume claimed in namespace b, admitted"
    rules = (PERSISTENT_VOLUMES, PODS_AND_CLAIMS)
    assert reasons("claim-host-path", PERSISTENT_VOLUMES, local=("b", PODS_AND_CLAIMS)) == {
        ("node", f"{claimed} because no policy applies")
    }
    assert reasons("claim-host-path", *rules, start=three(a="restricted", c="baseline")) == {
        ("node", f"{claimed} because no policy applies")
    }
    start = three().service_account("b", "x").policy("p", **ROOT_WITH_CLAIMS)
    start.may_use("p", "ServiceAccount/b:x", namespace="b")
    assert reasons("claim-host-path", *rules, start=start, version="1.24") == {
        ("node", f"{claimed} by policy p, which ServiceAccount/b:x may use")
    }
    assert reasons("claim-host-path", PERSISTENT_VOLUMES, local=("b", rule("get", "pods"))) == set()
    claims = rule("create", "persistentvolumeclaims")
    assert reasons("claim-host-path", PERSISTENT_VOLUMES, claims, local=("b", CREATE_PODS)) == {
        ("node", f"{claimed} because no policy applies")
    }


BY_EPHEMERAL = "a hostPath volume claimed by an ephemeral volume in namespace b, admitted"
BY_STATEFUL_SET = "a hostPath volume claimed by a StatefulSet in namespace b, admitted"
STATEFUL_SETS = "ServiceAccount/kube-system:statefulset-controller"


@pytest.mark.parametrize(
    ("makes", "version", "reason"),
    [
        (CREATE_PODS, "1.20", None),
        (CREATE_PODS, "1.21", f"{BY_EPHEMERAL} because no policy applies"),
        (rule("patch", "jobs", "batch"), "1.30", f"{BY_EPHEMERAL} because no policy applies"),
        (rule("create", "statefulsets", "apps"), "1.20", f"{BY_STATEFUL_SET} because no policy applies"),
        (rule("create", "statefulsets", "apps"), "1.30", f"{BY_STATEFUL_SET} because no policy applies"),
        (rule("patch", "statefulsets", "apps"), "1.20", None),
        (rule("patch", "statefulsets", "apps"), "1.30", f"{BY_EPHEMERAL} because no policy applies"),
        (rule("create", "persistentvolumeclaims"), "1.30", None),
    ],
)
def test_a_stateful_set_or_an_ephemeral_volume_claims_without_a_permission_on_claims(
    makes: Rule, version: str, reason: str | None
) -> None:
    reached = {("node", reason)} if reason else set()
    assert reasons("claim-host-path", PERSISTENT_VOLUMES, local=("b", makes), version=version) == reached
    level = three(b="restricted")
    closed = reasons("claim-host-path", PERSISTENT_VOLUMES, local=("b", makes), version="1.30", start=level)
    assert closed == set()


@pytest.mark.parametrize(
    ("volumes", "user", "makes", "reason"),
    [
        ("ephemeral", EVE, CREATE_PODS, f"{BY_EPHEMERAL} by policy p"),
        ("*", EVE, CREATE_PODS, f"{BY_EPHEMERAL} by policy p"),
        ("persistentVolumeClaim", EVE, CREATE_PODS, None),
        (
            "persistentVolumeClaim",
            STATEFUL_SETS,
            rule("create", "statefulsets", "apps"),
            f"{BY_STATEFUL_SET} by policy p",
        ),
        (
            "ephemeral",
            STATEFUL_SETS,
            rule("create", "statefulsets", "apps"),
            f"{BY_EPHEMERAL} by policy p",
        ),
        ("persistentVolumeClaim", EVE, rule("create", "statefulsets", "apps"), None),
        ("persistentVolumeClaim", STATEFUL_SETS, rule("create", "deployments", "apps"), None),
    ],
)
def test_a_policy_must_admit_the_kind_of_volume_that_claims(
    volumes: str, user: str, makes: Rule, reason: str | None
) -> None:
    start = three().policy("p", volumes=[volumes, "projected"]).may_use("p", user)
    reached = reasons("claim-host-path", PERSISTENT_VOLUMES, local=("b", makes), start=start, version="1.24")
    assert reached == ({("node", reason)} if reason else set())


REPLICA_SETS = "ServiceAccount/kube-system:replicaset-controller"
DEPLOYMENTS = rule("create", "deployments", "apps")


@pytest.mark.parametrize(
    ("user", "makes", "by"),
    [
        (EVE, DEPLOYMENTS, None),
        (EVE, CREATE_PODS, "by policy p"),
        (REPLICA_SETS, DEPLOYMENTS, "by policy p"),
        (REPLICA_SETS, rule("patch", "deployments", "extensions"), None),
        (REPLICA_SETS, rule("create", "daemonsets", "apps"), None),
        (REPLICA_SETS, CREATE_PODS, None),
        ("ServiceAccount/b:x", DEPLOYMENTS, "by policy p, which ServiceAccount/b:x may use"),
        ("ServiceAccount/a:x", DEPLOYMENTS, None),
    ],
)
def test_the_requester_or_the_account_of_a_pod_uses_the_policy_that_admits_a_claim(
    user: str, makes: Rule, by: str | None
) -> None:
    """The requester of the pods of a workload is its controller; its author's own policies do not count."""
    start = three().service_account("b", "x").policy("p", **ROOT_WITH_CLAIMS)
    start.may_use("p", user, namespace="b")
    rules = (PERSISTENT_VOLUMES, rule("create", "persistentvolumeclaims"), makes)
    reached = {("node", f"a hostPath volume claimed in namespace b, admitted {by}")} if by else set()
    assert reasons("claim-host-path", *rules, start=start, version="1.24") == reached


@pytest.mark.parametrize(
    ("user", "makes", "used"),
    [
        (EVE, DEPLOYMENTS, None),
        (EVE, CREATE_PODS, "privileged and uses it"),
        (REPLICA_SETS, DEPLOYMENTS, f"privileged, which {REPLICA_SETS} may use"),
        (REPLICA_SETS, rule("create", "daemonsets", "apps"), None),
        (REPLICA_SETS, CREATE_PODS, None),
        ("ServiceAccount/b:x", DEPLOYMENTS, "privileged, which ServiceAccount/b:x may use"),
        ("ServiceAccount/b:x", CREATE_PODS, "privileged, which ServiceAccount/b:x may use"),
        ("ServiceAccount/a:x", DEPLOYMENTS, None),
    ],
)
def test_the_requester_or_the_account_of_a_pod_uses_the_policy_that_is_loosened(
    user: str, makes: Rule, used: str | None
) -> None:
    """The requester of the pods of a workload is its controller; its author's own policies do not count."""
    start = three().service_account("b", "w").service_account("b", "x").service_account("b", "y")
    start.policy("o", **NO_NODE).policy("p", **NO_NODE).may_use("p", user, namespace="b")
    reached = {("node", f"makes policy p {used} in namespace b")} if used else set()
    assert reasons("loosen-policy", CHANGE_POLICY, makes, start=start, version="1.24") == reached


def test_a_policy_that_does_not_exist_is_not_loosened() -> None:
    start = three().policy("p", **NO_NODE).may_use("p", EVE).may_use("gone", EVE)
    for name, reached in (
        ("p", {("node", "makes policy p privileged and uses it in namespace a")}),
        ("gone", set()),
    ):
        change = rule("patch", "podsecuritypolicies", "policy", name)
        assert reasons("loosen-policy", change, CREATE_PODS, start=start, version="1.24") == reached


def test_a_service_account_that_makes_pods_itself_uses_the_policy_that_it_loosens() -> None:
    builder = three().policy("p", **NO_NODE).may_use("p", "ServiceAccount/b:x", namespace="b")
    builder.role("r", CHANGE_POLICY, CREATE_PODS).bind("r", "ServiceAccount/b:x")
    graph = builder.build(kubernetes_version="1.24").paths().graph
    assert {
        edge.cause.reason
        for edge in graph.edges()
        if edge.technique is not None and edge.technique.name == "loosen-policy"
    } == {"makes policy p privileged and uses it in namespace b"}


def test_a_pod_takes_its_node_in_the_first_namespace_whose_level_is_privileged() -> None:
    assert reasons("take-node", CREATE_PODS, start=three(a="baseline", b="restricted")) == {
        (
            "node",
            "in namespace c, admitted because no policy applies and the Pod Security level is privileged",
        )
    }
    ephemeral = rule("patch", "pods/ephemeralcontainers")
    assert reasons("ephemeral-root", ephemeral, start=three(a="baseline")) == {
        ("node", "a privileged container in a pod of namespace b")
    }
    in_a = {("node", "a privileged container in a pod of namespace a")}
    for version, reached in (("1.22", set()), ("1.23", in_a), ("1.24", in_a)):
        assert reasons("ephemeral-root", ephemeral, start=three(), version=version) == reached
    assert reasons("take-node", CREATE_PODS, start=three(), version="1.22") == {
        ("node", "in namespace a, admitted because no policy applies")
    }


def test_a_label_lowers_the_level_of_the_first_namespace_that_it_can_change() -> None:
    relabel = rule("patch", "namespaces")
    start = three(b="baseline", c="restricted")
    lowered = "lowers the Pod Security level of namespace"
    assert reasons("relabel-namespace", relabel, CREATE_PODS, start=start) == {("node", f"{lowered} b")}
    named = rule("patch", "namespaces", names="a c")
    assert reasons("relabel-namespace", named, CREATE_PODS, start=start) == {("node", f"{lowered} c")}
    assert reasons("relabel-namespace", relabel, CREATE_PODS) == set()
    start = three(b="baseline").add(constraints("restricted", **RESTRICTED_CONSTRAINTS))
    exempts = "exempts namespace"
    assert reasons("relabel-namespace", rule("patch", "namespaces", names="b"), CREATE_PODS, start=start) == {
        ("node", f"{exempts} b from constraints and {lowered} b")
    }
    assert reasons("relabel-namespace", relabel, CREATE_PODS, start=start) == {
        ("node", f"{exempts} a from constraints")
    }


def test_a_policy_is_loosened_where_its_author_uses_it_in_a_privileged_namespace() -> None:
    start = three(a="baseline")
    for name in ("p", "q", "r"):
        start.policy(name, **NO_NODE)
    start.may_use("q", EVE).may_use("r", EVE, namespace="b")
    uses = "privileged and uses it in namespace b"
    rules = (CHANGE_POLICY, CREATE_PODS)
    assert reasons("loosen-policy", *rules, start=start, version="1.24") == {
        ("node", f"makes policy q {uses}")
    }
    named = rule("patch", "podsecuritypolicies", "policy", "p r q")
    assert reasons("loosen-policy", named, CREATE_PODS, start=start, version="1.24") == {
        ("node", f"makes policy r {uses}")
    }
    assert reasons("loosen-policy", *rules, start=start, version="1.25") == set()


@pytest.mark.parametrize(("version", "is_served"), [("1.15", True), ("1.16", False)])
@pytest.mark.parametrize("group", ["extensions", "apps"])
def test_workloads_of_a_group_that_is_not_served_create_no_pods(
    version: str, group: str, *, is_served: bool
) -> None:
    workloads = rule("patch", "deployments", group)
    counts = is_served or group == "apps"
    start = three().add(constraints("restricted", **RESTRICTED_CONSTRAINTS))
    for family, change in (
        ("relabel-namespace", rule("patch", "namespaces")),
        ("loosen-constraints", rule("patch", RESOURCE, GROUP)),
    ):
        assert bool(reasons(family, change, workloads, start=start, version=version)) == counts
        apart = ("b", workloads)
        assert bool(reasons(family, change, local=apart, start=start, version=version)) == counts


def test_constraints_are_loosened_where_their_author_makes_pods_in_a_privileged_namespace() -> None:
    start = three(b="baseline", c="privileged").add(constraints("restricted", **RESTRICTED_CONSTRAINTS))
    loosens = "privileged, lists itself as a user and uses them in namespace"
    every, named = rule("patch", RESOURCE, GROUP), rule("patch", RESOURCE, GROUP, "gone restricted")
    assert reasons("loosen-constraints", every, CREATE_PODS, start=start) == {
        ("node", f"makes constraints {loosens} a")
    }
    assert reasons("loosen-constraints", named, local=("c", CREATE_PODS), start=start) == {
        ("node", f"makes constraints restricted {loosens} c")
    }
    assert reasons("loosen-constraints", named, local=("b", CREATE_PODS), start=start) == set()
    start.namespace("default")
    assert reasons("loosen-constraints", every, local=("default", CREATE_PODS), start=start) == set()


def test_pods_run_as_the_accounts_that_policies_let_them_use() -> None:
    start = three().policy("p", volumes=["projected"])
    for namespace in ("a", "b", "c"):
        start.service_account(namespace, "one").service_account(namespace, "two")
    start.may_use("p", EVE, namespace="a").may_use("p", "ServiceAccount/b:two", namespace="b")
    start.may_use("p", EVE, "ServiceAccount/c:one", namespace="c")
    assert reasons("run-as", CREATE_PODS, start=start, version="1.24") == {
        ("any service account of namespace a", "admitted by policy p"),
        ("ServiceAccount/b:two", "admitted by policy p, which it may use"),
        ("any service account of namespace c", "admitted by policy p"),
    }
    assert reasons("mount-secrets", CREATE_PODS, start=start, version="1.24") == {
        ("secrets:a", "admitted by policy p"),
        ("secrets:b", "admitted by policy p, which ServiceAccount/b:two may use"),
        ("secrets:c", "admitted by policy p"),
    }


def test_each_controller_asks_for_the_pods_of_its_own_workloads() -> None:
    """One role writes workloads of two controllers, of which one may use the policy."""
    start = three().policy("p", volumes=["projected"])
    start.may_use("p", "ServiceAccount/kube-system:daemon-set-controller", namespace="b")
    rules = (rule("create", "deployments", "apps"), rule("create", "daemonsets", "apps"))
    assert reasons("run-as", *rules, start=start, version="1.24") == {
        ("any service account of namespace b", "admitted by policy p")
    }
    assert reasons("run-as", rules[0], start=start, version="1.24") == set()


def test_a_subject_that_may_bind_roles_has_every_permission_there() -> None:
    write = rule("create", "rolebindings", RBAC)
    anywhere = "every permission in any namespace"
    assert reasons("bind-in-namespace", BIND, write) == {
        ("any service account", anywhere),
        ("any pod", anywhere),
        ("the secrets of every namespace", anywhere),
        ("node", anywhere),
    }
    there = "every permission in the namespace"
    assert reasons(
        "bind-in-namespace", local=("b", rule("bind create", "clusterroles rolebindings", RBAC))
    ) == {
        ("any service account of namespace b", there),
        ("any pod of namespace b", there),
        ("secrets:b", there),
        ("node", there),
    }


@pytest.mark.parametrize(
    ("loaded", "is_open"), [((), True), (("a", "x"), True), (("b", "web"), True), (("b", "x"), False)]
)
def test_an_account_that_only_a_pod_names_is_in_its_groups_unless_it_does_not_exist(
    loaded: tuple[str, ...], *, is_open: bool
) -> None:
    builder = ClusterBuilder().add(pod("p", namespace="b", serviceAccountName="web"))
    if loaded:
        builder.service_account(*loaded)
    builder.role("all", rule("*", "*", "*")).bind("all", "Group/system:serviceaccounts:b")
    builder.role("r", rule("create", "pods/exec")).bind("r", EVE)
    paths = builder.build(kubernetes_version="1.30").paths()
    assert (paths.between(Place("User", "", "eve"), Place("cluster-admin")) is not None) == is_open


@pytest.mark.parametrize("step", [rule("create", "pods/exec"), rule("get create", "nodes/proxy")])
@pytest.mark.parametrize(("account", "is_open"), [("web", True), ("other", False)])
def test_a_pod_has_no_token_of_an_account_that_does_not_exist(
    step: Rule, account: str, *, is_open: bool
) -> None:
    builder = ClusterBuilder().service_account("b", account).role("r", step).bind("r", EVE)
    builder.add(pod("p", namespace="b", serviceAccountName="web")).role("all", rule("*", "*", "*"))
    paths = builder.bind("all", "ServiceAccount/b:web").build(kubernetes_version="1.30").paths()
    assert (paths.between(Place("User", "", "eve"), Place("cluster-admin")) is not None) == is_open


@pytest.mark.parametrize(("loaded", "is_open"), [((), True), (("b", "other"), False)])
def test_an_account_that_only_a_secret_names_is_in_its_groups_unless_it_does_not_exist(
    loaded: tuple[str, ...], *, is_open: bool
) -> None:
    annotations = {"kubernetes.io/service-account.name": "ghost"}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": {"name": "t", "namespace": "b", "annotations": annotations},
    }
    builder = ClusterBuilder().add(secret).role("r", rule("get", "secrets")).bind("r", EVE)
    if loaded:
        builder.service_account(*loaded)
    builder.role("all", rule("*", "*", "*")).bind("all", "Group/system:serviceaccounts")
    paths = builder.build(kubernetes_version="1.30").paths()
    assert (paths.between(Place("User", "", "eve"), Place("cluster-admin")) is not None) == is_open


@pytest.mark.parametrize(
    ("names", "is_open"), [(["bob"], True), (["system:anonymous"], False), (["bob", "ann"], True)]
)
def test_a_user_that_only_a_rule_names_is_authenticated(names: list[str], *, is_open: bool) -> None:
    named = rule("impersonate", "users") | {"resourceNames": names}
    builder = ClusterBuilder().role("r", named).bind("r", "Group/system:unauthenticated")
    builder.role("all", rule("*", "*", "*")).bind("all", "Group/system:authenticated")
    paths = builder.build(kubernetes_version="1.30").paths()
    start = Place("Group", "", "system:unauthenticated")
    assert (paths.between(start, Place("cluster-admin")) is not None) == is_open


BIND_IN_B = ("b", rule("bind create", "clusterroles rolebindings", RBAC))


@pytest.mark.parametrize(
    ("level", "version", "spec", "is_open"),
    [
        ("restricted", "1.30", NO_NODE, True),
        ("privileged", "1.22", NO_NODE, False),
        ("privileged", "1.24", NO_NODE, True),
        ("restricted", "1.24", NO_NODE, False),
        ("privileged", "1.24", NODE_POD, True),
        ("restricted", "1.24", NODE_POD, False),
        ("restricted", "1.22", NODE_POD, True),
    ],
)
def test_every_permission_in_a_namespace_takes_over_a_node_unless_policies_prevent_it(
    level: str, version: str, spec: dict[str, Any], *, is_open: bool
) -> None:
    start = three(b=level).policy("p", **spec)
    reached = reasons("bind-in-namespace", local=BIND_IN_B, start=start, version=version)
    assert (("node", "every permission in the namespace") in reached) == is_open


def test_every_permission_in_a_namespace_takes_over_a_node_where_constraints_decide() -> None:
    start = three(b="restricted").add(constraints("restricted", **RESTRICTED_CONSTRAINTS))
    reached = reasons("bind-in-namespace", local=BIND_IN_B, start=start)
    assert ("node", "every permission in the namespace") in reached


@pytest.mark.parametrize(
    ("name", "flag", "is_open"),
    [
        ("kustomize-controller", "--no-cross-namespace-refs", True),
        ("kustomize-controller", "--default-service-account=x", False),
        ("helm-controller", "--watch-all-namespaces=true", True),
        ("helm-controller", "--watch-all-namespaces=false", False),
        ("argocd-application-controller", "--application-namespaces=b", True),
        ("argocd-application-controller", "--application-namespaces=c", False),
    ],
)
def test_every_permission_in_a_namespace_is_one_to_what_operators_apply_there(
    name: str, flag: str, *, is_open: bool
) -> None:
    start = three().add(operator(name, "a", "strong", flag))
    spec = {"destinations": [{"server": "*", "namespace": "*"}], "sourceNamespaces": ["b"]}
    metadata = {"name": "p", "namespace": "a"}
    project = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": metadata, "spec": spec}
    reached = reasons("bind-in-namespace", local=BIND_IN_B, start=start.add(project))
    assert ("ServiceAccount/a:strong" in {words for words, _ in reached}) == is_open


ENTERS = rule("create", "pods/exec")
BINDS = (rule("bind", "roles", RBAC), rule("create", "rolebindings", RBAC))


@pytest.mark.parametrize("rules", [(ENTERS, *BINDS), (*BINDS, ENTERS)])
def test_a_role_that_a_path_binds_leads_only_within_its_own_namespace(rules: tuple[Rule, ...]) -> None:
    """Eve enters every pod herself, and may bind a role of namespace b that enters those of b."""
    builder = three().role("inside", ENTERS, namespace="b").role("r", *rules).bind("r", EVE)
    graph = builder.build(kubernetes_version="1.30").paths().graph
    entered = {
        (graph.places[edge.source].words, graph.places[edge.target].words)
        for edge in graph.edges()
        if edge.technique is not None and edge.technique.name == "exec"
    }
    assert entered == {
        ("ClusterRole/r", "any pod"),
        ("Role/inside in namespace b", "any pod of namespace b"),
    }


def test_a_role_of_many_rules_leads_to_the_targets_of_each_rule() -> None:
    users = [f"user-{number}" for number in range(300)]
    rules = (rule("impersonate", "users", names=user) for user in users)
    assert reasons("impersonate-user", *rules) == {(f"User/{user}", "") for user in users}


def test_a_role_without_steps_does_not_hide_a_role_whose_binding_has_a_later_name() -> None:
    builder = three().role("nothing", rule("get", "pods")).role("enters", ENTERS)
    builder.bind("nothing", EVE, name="first").bind("enters", EVE, name="second")
    assert sources("exec", builder) == {"ClusterRole/enters"}


@pytest.mark.parametrize(("changed", "is_open"), [("old", True), ("other", False)])
@pytest.mark.parametrize("scope", ["", "a"])
def test_a_role_is_widened_by_who_may_add_itself_to_a_binding_of_it(
    changed: str, scope: str, *, is_open: bool
) -> None:
    start = three().role("weak", rule("get", "pods"), namespace=scope)
    for name, role in (("old", "weak"), ("other", "strange")):
        start.role(role, rule("get", "pods"), namespace=scope)
        start.bind(role, "User/other", namespace=scope, name=name)
    kind = "roles" if scope else "clusterroles"
    binding = "rolebindings" if scope else "clusterrolebindings"
    rules = (rule("bind escalate patch", kind, RBAC, "weak"), rule("patch", binding, RBAC, changed))
    family = f"escalate-in-{'namespace' if scope else 'cluster'}"
    assert bool(reasons(family, *rules, start=start)) == is_open


@pytest.mark.parametrize("who", ["User/system:anonymous", "Group/system:unauthenticated"])
@pytest.mark.parametrize("family", ["run-as", "mount-secrets"])
def test_a_policy_of_all_authenticated_users_admits_no_pods_of_others(who: str, family: str) -> None:
    start = three().service_account("b", "x").policy("p", volumes=["projected"])
    start.may_use("p", "Group/system:authenticated").role("makes", CREATE_PODS)
    assert sources(family, start.bind("makes", who), version="1.24") == set()
    start.bind("makes", EVE, name="second")
    assert sources(family, start, version="1.24") == {EVE}
    start.may_use("p", "ServiceAccount/b:x", namespace="b")
    assert sources(family, start, version="1.24") == {EVE, who}

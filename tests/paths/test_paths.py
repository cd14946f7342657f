"""Tests that every family of edges has a cluster with a path and a near miss without one."""

from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.files import load
from rbacpsp.model.scc import GROUP, RESOURCE
from rbacpsp.paths import Paths, parse_place
from rbacpsp.paths.edges import BY_NAME, TECHNIQUES, checked
from rbacpsp.testing import rule
from tests.paths.around import AROUND
from tests.paths.clusters import (
    ADMISSION,
    APPROVAL,
    CERTIFICATES,
    CHANGE_POLICY,
    CREATE_PODS,
    CSR,
    EVE,
    NO_NODE,
    NODE_POD,
    RBAC,
    Case,
    base,
    holds,
    in_pod,
    labelled,
    on_openshift,
    role_of_namespace,
    stored_token,
    way,
    with_policy,
    with_token,
)

CLAIMED = {"namespace": "a", "name": "c"}
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": CLAIMED,
    "spec": {"volumeName": "root"},
}


def folder(path: str = "/", **spec: Any) -> dict[str, Any]:
    """A persistent volume that is a folder of a node."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "root"},
        "spec": {"hostPath": {"path": path}, **spec},
    }


CHANGE_TOKEN = rule("get patch", "secrets", names="token")
CASES: dict[str, tuple[Case, Case]] = {
    "full-control": (
        holds("cluster-admin", rule("*", "*", "*")),
        holds("cluster-admin", rule("list", "*", "*")),
    ),
    "masters": (
        holds("node", rule("impersonate", "groups users"), start=labelled("restricted"), version="1.30"),
        holds(
            "node",
            rule("impersonate", "groups users", names="dev"),
            start=labelled("restricted"),
            version="1.30",
        ),
    ),
    "membership": (
        (
            lambda: (
                base()
                .role("all", rule("*", "*", "*"))
                .bind("all", "Group/system:authenticated")
                .role("r", rule("get", "pods"))
                .bind("r", EVE)
                .build()
            ),
            "cluster-admin",
        ),
        (
            lambda: (
                base()
                .role("all", rule("*", "*", "*"))
                .bind("all", "Group/system:serviceaccounts")
                .role("r", rule("get", "pods"))
                .bind("r", EVE)
                .build()
            ),
            "cluster-admin",
        ),
    ),
    "one-of": (
        holds("ServiceAccount/a:strong", rule("create", "serviceaccounts/token"), namespace="a"),
        holds("ServiceAccount/a:strong", rule("create", "serviceaccounts/token"), namespace="b"),
    ),
    "impersonate-user": (
        holds("User/root", rule("impersonate", "users", names="root")),
        holds("User/root", rule("impersonate", "users", names="toor")),
    ),
    "impersonate-group": (
        holds("cluster-admin", rule("impersonate", "groups"), rule("impersonate", "users", names="nobody")),
        holds("cluster-admin", rule("impersonate", "groups")),
    ),
    "impersonate-account": (
        holds("cluster-admin", rule("impersonate", "serviceaccounts", names="strong"), namespace="a"),
        holds("cluster-admin", rule("impersonate", "serviceaccounts"), namespace="b"),
    ),
    "request-token": (
        holds("cluster-admin", rule("create", "serviceaccounts/token", names="strong"), namespace="a"),
        holds("cluster-admin", rule("create", "serviceaccounts/token", names="weak"), namespace="a"),
    ),
    "read-secrets": (
        holds("secrets:a", rule("list", "secrets"), namespace="a"),
        holds("secrets:a", rule("get", "secrets", names="db"), namespace="a"),
    ),
    "issue-token": (
        holds("cluster-admin", rule("create get", "secrets"), namespace="a", version="1.30"),
        holds("cluster-admin", rule("create", "secrets"), namespace="a", version="1.30"),
    ),
    "redirect-token": (
        holds("cluster-admin", CHANGE_TOKEN, namespace="a", start=with_token(), version="1.30"),
        holds("cluster-admin", CHANGE_TOKEN, namespace="a", start=with_token(immutable=True), version="1.30"),
    ),
    "stored-token": (stored_token(listed=True), stored_token(listed=False)),
    "bind-in-cluster": (
        holds(
            "cluster-admin", rule("bind", "clusterroles", RBAC), rule("create", "clusterrolebindings", RBAC)
        ),
        holds(
            "cluster-admin",
            rule("bind", "clusterroles", RBAC, "view"),
            rule("create", "clusterrolebindings", RBAC),
        ),
    ),
    "bind-in-namespace": (
        holds(
            "cluster-admin",
            rule("bind", "clusterroles", RBAC),
            rule("create", "rolebindings", RBAC),
            namespace="a",
        ),
        holds("cluster-admin", rule("bind", "clusterroles", RBAC), namespace="a"),
    ),
    "escalate-in-cluster": (
        holds("cluster-admin", rule("escalate patch", "clusterroles", RBAC)),
        holds("cluster-admin", rule("escalate get", "clusterroles", RBAC)),
    ),
    "escalate-in-namespace": (
        role_of_namespace(rule("escalate patch", "roles", RBAC)),
        holds("ServiceAccount/a:strong", rule("escalate patch", "roles", RBAC), namespace="a"),
    ),
    "create-role-in-cluster": (
        holds(
            "cluster-admin",
            rule("create escalate", "clusterroles", RBAC),
            rule("bind", "clusterroles", RBAC, "new"),
            rule("create", "clusterrolebindings", RBAC),
        ),
        holds(
            "cluster-admin",
            rule("create", "clusterroles", RBAC),
            rule("bind escalate", "clusterroles", RBAC, "new"),
            rule("create", "clusterrolebindings", RBAC),
        ),
    ),
    "create-role-in-namespace": (
        holds(
            "ServiceAccount/a:strong",
            rule("create escalate bind", "roles", RBAC),
            rule("create", "rolebindings", RBAC),
            namespace="a",
        ),
        holds(
            "ServiceAccount/a:strong",
            rule("create bind", "roles", RBAC),
            rule("create", "rolebindings", RBAC),
            namespace="a",
        ),
    ),
    "run-as": (
        holds("ServiceAccount/b:weak", CREATE_PODS, namespace="b", start=with_policy(EVE, **NO_NODE)),
        holds(
            "ServiceAccount/b:weak", CREATE_PODS, namespace="b", start=with_policy("User/other", **NO_NODE)
        ),
    ),
    "take-node": (
        holds("node", CREATE_PODS, namespace="b", start=with_policy(EVE, **NODE_POD)),
        holds("node", CREATE_PODS, namespace="b", start=with_policy(EVE, "ServiceAccount/b:weak", **NO_NODE)),
    ),
    "relabel-namespace": (
        holds(
            "node",
            rule("patch", "namespaces"),
            CREATE_PODS,
            namespace="a",
            start=labelled("baseline"),
            version="1.30",
        ),
        holds("node", rule("patch", "namespaces"), namespace="a", start=labelled("baseline"), version="1.30"),
    ),
    "exec": (
        holds("cluster-admin", rule("get", "pods/exec"), namespace="a", version="1.34"),
        holds("cluster-admin", rule("get", "pods/exec"), namespace="a", version="1.35"),
    ),
    "claim-host-path": (
        holds(
            "node",
            rule("create", "persistentvolumes"),
            rule("create", "pods persistentvolumeclaims"),
            start=labelled("baseline"),
            version="1.30",
        ),
        holds(
            "node",
            rule("create", "persistentvolumes"),
            rule("create", "pods persistentvolumeclaims"),
            start=labelled("restricted"),
            version="1.30",
        ),
    ),
    "mount-claimed-folder": (
        holds(
            "node",
            CREATE_PODS,
            namespace="a",
            start=labelled("baseline").add(folder(claimRef=CLAIMED), CLAIM),
            version="1.30",
        ),
        holds(
            "node",
            CREATE_PODS,
            namespace="a",
            start=labelled("baseline").add(folder("/data", claimRef=CLAIMED), CLAIM),
            version="1.30",
        ),
    ),
    "claim-unbound-folder": (
        holds(
            "node",
            rule("create", "pods persistentvolumeclaims"),
            namespace="a",
            start=labelled("baseline").add(folder(claimRef=CLAIMED)),
            version="1.30",
        ),
        holds(
            "node",
            CREATE_PODS,
            namespace="a",
            start=labelled("baseline").add(folder(claimRef=CLAIMED)),
            version="1.30",
        ),
    ),
    "ephemeral-container": (
        holds("cluster-admin", rule("patch", "pods/ephemeralcontainers"), namespace="a"),
        holds("cluster-admin", rule("get", "pods/ephemeralcontainers"), namespace="a"),
    ),
    "ephemeral-root": (
        holds(
            "node",
            rule("patch", "pods/ephemeralcontainers"),
            namespace="a",
            start=with_policy("User/other", **NO_NODE),
        ),
        holds(
            "node",
            rule("patch", "pods/ephemeralcontainers"),
            namespace="a",
            start=labelled("baseline"),
            version="1.30",
        ),
    ),
    "replace-image": (
        holds("cluster-admin", rule("patch", "pods"), namespace="a"),
        holds("cluster-admin", rule("patch", "pods"), namespace="b"),
    ),
    "kubelet": (
        holds("cluster-admin", rule("get", "nodes/proxy")),
        holds("cluster-admin", rule("get", "nodes/proxy"), namespace="a"),
    ),
    "in-pod": (in_pod(), in_pod(automountServiceAccountToken=False)),
    "on-node": (
        holds("cluster-admin", CREATE_PODS, namespace="b"),
        holds("cluster-admin", CREATE_PODS, namespace="b", start=with_policy(EVE, **NO_NODE)),
    ),
    "approve-certificate": (
        holds("Group/admins", rule("approve", "signers", CERTIFICATES, "kubernetes.io/*"), CSR, APPROVAL),
        holds("Group/admins", rule("approve", "signers", CERTIFICATES, "example.com/*"), CSR, APPROVAL),
    ),
    "mutating-webhook": (
        holds("cluster-admin", rule("create", "mutatingwebhookconfigurations", ADMISSION)),
        holds("cluster-admin", rule("create", "validatingwebhookconfigurations", ADMISSION), version="1.30"),
    ),
    "validating-webhook": (
        holds("secrets:a", rule("create", "validatingwebhookconfigurations", ADMISSION)),
        holds("secrets:a", rule("delete", "validatingwebhookconfigurations", ADMISSION)),
    ),
    "loosen-policy": (
        holds(
            "node",
            CHANGE_POLICY,
            CREATE_PODS,
            start=labelled("privileged").policy("p", **NO_NODE).may_use("p", EVE),
        ),
        holds(
            "node",
            CHANGE_POLICY,
            CREATE_PODS,
            start=labelled("baseline").policy("p", **NO_NODE).may_use("p", EVE),
        ),
    ),
    "loosen-constraints": (
        holds(
            "node",
            rule("patch", RESOURCE, GROUP, "restricted-v2"),
            CREATE_PODS,
            start=on_openshift(),
        ),
        holds("node", rule("patch", RESOURCE, GROUP, "gone"), CREATE_PODS, start=on_openshift()),
    ),
    **AROUND,
}


def test_every_technique_has_a_path_and_a_near_miss() -> None:
    assert set(CASES) == set(BY_NAME)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_technique_opens_its_path(name: str) -> None:
    result = way(CASES[name][0])
    assert result is not None
    assert name in {step.technique.name for step in result.steps}


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_technique_does_not_open_its_near_miss(name: str) -> None:
    assert way(CASES[name][1]) is None


@pytest.mark.parametrize(("version", "open_"), [("1.17", True), ("1.18", False)])
def test_approval_alone_issues_certificates_before_permission_for_signers_is_required(
    version: str, *, open_: bool
) -> None:
    case = holds("cluster-admin", APPROVAL, CSR, version=version)
    assert (way(case) is not None) == open_


@pytest.mark.parametrize(("namespace", "open_"), [("", True), ("a", True), ("b", False)])
def test_every_role_of_a_namespace_can_be_bound_there(namespace: str, *, open_: bool) -> None:
    start = base().role("tokens", rule("create", "serviceaccounts/token"), namespace="a")
    binder = (rule("bind", "roles", RBAC), rule("create", "rolebindings", RBAC))
    assert (
        way(holds("ServiceAccount/a:strong", *binder, namespace=namespace, start=start)) is not None
    ) == open_


CLAIMS = (rule("create", "persistentvolumes"), rule("create", "pods persistentvolumeclaims"))
ROOT_WITH_CLAIMS: dict[str, Any] = {"volumes": ["persistentVolumeClaim", "projected"]}
FOR_OTHERS = labelled("privileged").policy("p", **ROOT_WITH_CLAIMS).may_use("p", "User/other")


@pytest.mark.parametrize(
    ("case", "open_"),
    [
        (holds("node", *CLAIMS, start=with_policy(EVE, **ROOT_WITH_CLAIMS)), True),
        (holds("node", *CLAIMS, start=with_policy("ServiceAccount/b:weak", **ROOT_WITH_CLAIMS)), True),
        (holds("node", *CLAIMS, start=FOR_OTHERS), False),
        (holds("node", *CLAIMS, start=with_policy(EVE, volumes=["projected"])), False),
        (
            holds(
                "node",
                *CLAIMS,
                start=with_policy(EVE, **ROOT_WITH_CLAIMS, runAsUser={"rule": "MustRunAsNonRoot"}),
            ),
            False,
        ),
        (holds("node", CLAIMS[0], CREATE_PODS, start=labelled("baseline"), version="1.30"), True),
        (holds("node", CLAIMS[0], CREATE_PODS, start=labelled("restricted"), version="1.30"), False),
        (
            holds(
                "node",
                CLAIMS[0],
                rule("create", "persistentvolumeclaims"),
                start=labelled("baseline"),
                version="1.30",
            ),
            False,
        ),
        (holds("node", *CLAIMS, namespace="a", start=labelled("baseline"), version="1.30"), False),
    ],
)
def test_a_claim_leads_to_the_node_where_a_pod_with_it_may_be_root(case: Case, *, open_: bool) -> None:
    result = way(case)
    steps = result.steps if result else ()
    assert ("claim-host-path" in {step.technique.name for step in steps}) == open_


@pytest.mark.parametrize("name", ["ephemeral-container", "ephemeral-root"])
def test_ephemeral_containers_open_no_path_before_they_are_served(name: str) -> None:
    build, goal = CASES[name][0]
    objects = build().objects
    paths = Cluster(objects, kubernetes_version="1.22").paths()
    assert paths.between(parse_place(EVE), parse_place(goal)) is None


def test_a_registry_with_two_equal_names_is_refused() -> None:
    with pytest.raises(ValueError, match="full-control: two families have this name"):
        checked((TECHNIQUES[0], TECHNIQUES[0]))


def test_the_steps_of_a_path_name_their_grants() -> None:
    result = way(CASES["request-token"][0])
    assert result is not None
    assert [(step.target.words, step.permission) for step in result.steps] == [
        ("ServiceAccount/a:strong", "create serviceaccounts/token [strong]"),
        ("cluster-admin", "* *.*"),
    ]
    first, second = (step.grant for step in result.steps)
    assert first is not None
    assert second is not None
    assert (first.binding.name, first.role.name, first.rule_index) == ("eve", "r", 0)
    assert (second.binding.name, second.role.name) == ("cluster-admin", "cluster-admin")


def test_the_grant_that_closes_most_paths_comes_first() -> None:
    cluster = (
        base()
        .role("r", rule("create", "serviceaccounts/token"))
        .bind("r", "User/a", "User/b", "User/c", namespace="a", kind="ClusterRole")
        .build()
    )
    paths = Paths(cluster.objects, cluster.authorizer)
    best = paths.cuts(parse_place("ServiceAccount/a:strong"))[0]
    assert (best.closed, best.of) == (1, 4)
    cut = paths.cuts(parse_place("cluster-admin"))[0]
    assert (cut.binding.name, cut.subject.name, cut.closed, cut.of) == ("cluster-admin", "strong", 4, 5)


def test_every_path_to_a_goal_is_a_shortest_one() -> None:
    cluster = CASES["exec"][0][0]()
    paths = Paths(cluster.objects, cluster.authorizer, version=cluster._stated_version)
    for path in paths.to(parse_place("cluster-admin")):
        forward = paths.between(path.start, path.goal)
        assert forward is not None
        assert forward.length == path.length


@pytest.mark.parametrize(
    "text", ["", "cloud:", "secrets:", "User/", "ServiceAccount/x", "ServiceAccount/:x", "Group/"]
)
def test_an_unknown_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a place"):
        parse_place(text)


def test_a_component_of_kubernetes_does_not_start_paths_of_others() -> None:
    controller = "ServiceAccount/kube-system:replicaset-controller"
    name = "system:controller:replicaset-controller"
    cluster = base().role(name, rule("create", "pods")).bind(name, controller).build()
    starts = {
        path.start.words: path.kubernetes_own for path in paths_of(cluster).to(parse_place("cluster-admin"))
    }
    assert starts == {controller: True, "ServiceAccount/a:strong": False, "Group/admins": False}


def paths_of(cluster: Cluster) -> Paths:
    return Paths(cluster.objects, cluster.authorizer)


@pytest.mark.parametrize("version", ["1.24", "1.36"])
def test_paths_of_kubernetes_own_components_are_marked(version: str) -> None:
    cluster = load(f"sample_clusters/bootstrap-{version}", kubernetes_version=version)
    paths = Paths(cluster.objects, cluster.authorizer, version=cluster._stated_version)
    result = paths.to(parse_place("cluster-admin"))
    assert result
    assert all(path.kubernetes_own for path in result)
    assert paths.cuts(parse_place("cluster-admin")) == ()

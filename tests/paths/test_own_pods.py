"""Tests that a privileged ephemeral container in a pod of one's own takes over the node of that pod."""

import pytest

from rbacpsp.testing import ClusterBuilder, rule
from tests.paths.around import JOIN, node
from tests.paths.clusters import (
    CREATE_PODS,
    EVE,
    NO_NODE,
    NODE_POD_CONSTRAINTS,
    RESTRICTED_CONSTRAINTS,
    constraints,
)
from tests.paths.test_conditions import Rule, reasons, three

FAMILY = "join-own-pod"
IN_B = "a privileged container in a pod of its own in namespace b, pod admitted by policy p"
CHOSEN = {
    ("node", IN_B),
    ("root on a node of the control plane", f"{IN_B}; nodeName n and a toleration for every taint"),
}
DEPLOYMENTS = rule("create", "deployments", "apps")
REPLICA_SETS = "ServiceAccount/kube-system:replicaset-controller"


def policed(user: str = EVE, **levels: str) -> ClusterBuilder:
    """Policy p admits harmless pods of a user in namespace b."""
    start = three(**levels).add(node("n", "control-plane")).service_account("b", "x")
    return start.policy("p", **NO_NODE).may_use("p", user, namespace="b")


@pytest.mark.parametrize(
    ("rules", "version", "is_open"),
    [
        ((JOIN, CREATE_PODS), "1.22", False),
        ((JOIN, CREATE_PODS), "1.23", True),
        ((JOIN, CREATE_PODS), "1.24", True),
        ((JOIN, CREATE_PODS), "1.25", False),
        ((JOIN,), "1.24", False),
        ((CREATE_PODS,), "1.24", False),
        ((rule("get", "pods/ephemeralcontainers"), CREATE_PODS), "1.24", False),
        ((JOIN, DEPLOYMENTS), "1.24", False),
        ((rule("patch", "pods/ephemeralcontainers", names="x"), CREATE_PODS), "1.24", True),
        (
            (
                rule("patch", "pods/ephemeralcontainers", names="y x"),
                rule("create", "pods", names="x"),
                rule("patch", "pods", names="x"),
            ),
            "1.24",
            True,
        ),
        (
            (
                rule("patch", "pods/ephemeralcontainers", names="x"),
                rule("create patch", "pods", names="y"),
            ),
            "1.24",
            False,
        ),
        (
            (rule("patch", "pods/ephemeralcontainers", names="x"), rule("create", "pods", names="x")),
            "1.24",
            False,
        ),
    ],
)
def test_policies_admit_the_pod_but_do_not_check_its_container(
    rules: tuple[Rule, ...], version: str, *, is_open: bool
) -> None:
    """Where no policies decide, a privileged pod reaches as much by itself."""
    expected = CHOSEN if is_open else set()
    assert reasons(FAMILY, *rules, start=policed(), version=version) == expected


@pytest.mark.parametrize("level", ["baseline", "restricted"])
def test_the_level_of_the_namespace_checks_the_container(level: str) -> None:
    assert reasons(FAMILY, JOIN, CREATE_PODS, start=policed(b=level), version="1.24") == set()


@pytest.mark.parametrize(
    ("family", "names", "is_open"), [("b", "", True), ("a", "", False), ("b", "x", False)]
)
def test_a_controller_requests_the_pods_of_a_workload_and_names_them(
    family: str, names: str, *, is_open: bool
) -> None:
    join = rule("patch", "pods/ephemeralcontainers", names=names)
    reached = reasons(FAMILY, DEPLOYMENTS, local=(family, join), start=policed(REPLICA_SETS), version="1.24")
    assert reached == (CHOSEN if is_open else set())


@pytest.mark.parametrize("scope", ["a", "b"])
def test_both_permissions_must_be_held_in_one_namespace(scope: str) -> None:
    reached = reasons(FAMILY, JOIN, local=(scope, CREATE_PODS), start=policed(), version="1.24")
    assert reached == (CHOSEN if scope == "b" else set())


@pytest.mark.parametrize("strong", [True, False])
def test_constraints_check_the_container(strong: bool) -> None:
    start = three().service_account("b", "x").add(node("n", "control-plane"))
    start.add(constraints("restricted", **RESTRICTED_CONSTRAINTS))
    users = [EVE.removeprefix("User/")] if strong else []
    start.add(constraints("strong", users=users, **NODE_POD_CONSTRAINTS))
    reached = reasons(FAMILY, JOIN, CREATE_PODS, start=start)
    assert {words for words, _ in reached} == ({words for words, _ in CHOSEN} if strong else set())

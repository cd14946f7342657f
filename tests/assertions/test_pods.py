"""Tests assertions about pods: the policy that admits them, refusals, levels."""

from typing import Any

import pytest

from rbacpsp import Cluster, User
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import ClusterBuilder, pod
from tests.assertions.put import put

LABEL = "pod-security.kubernetes.io/enforce"
WEB = pod("web", namespace="shop")
ROOT = pod("root", namespace="shop", container={"securityContext": {"privileged": True}})


def deployment_of_pod(made: JSONObject) -> JSONObject:
    name = made["metadata"]["name"]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": made["spec"]},
        },
    }


CONTROLLER = "ServiceAccount/kube-system:replicaset-controller"
POLICIES = (
    ClusterBuilder()
    .namespace("shop")
    .service_account("shop", "default")
    .add(deployment_of_pod(WEB), deployment_of_pod(ROOT))
    .policy("restricted", privileged=False)
    .policy("open", privileged=True)
    .policy("unused")
    .may_use("restricted", CONTROLLER, "Group/devs")
    .may_use("open", "User/ann")
    .build(kubernetes_version="1.24")
)
LEVELS = (
    ClusterBuilder()
    .namespace("shop", {LABEL: "baseline"})
    .add(deployment_of_pod(WEB), deployment_of_pod(ROOT))
    .bind("x", "User/ann")
    .build(kubernetes_version="1.30")
)


@pytest.mark.parametrize(
    ("cluster", "fields", "expected", "why"),
    [
        (POLICIES, {"pod": WEB, "as": "Group/devs", "admittedBy": "restricted"}, "pass", ""),
        (POLICIES, {"pod": WEB, "as": "User/ann", "admittedBy": "open"}, "pass", ""),
        (
            POLICIES,
            {"pod": WEB, "as": "User/ann", "admittedBy": "restricted"},
            "fail",
            "pod/web is not admitted by restricted: open admits it",
        ),
        (POLICIES, {"pod": deployment_of_pod(WEB), "admittedBy": "restricted"}, "pass", ""),
        (POLICIES, {"workload": "Deployment/shop/web", "admittedBy": "restricted"}, "pass", ""),
        (POLICIES, {"workload": "Deployment/shop/root", "refused": True}, "pass", ""),
        (POLICIES, {"workload": "Deployment/shop/root", "refused": False}, "fail", None),
        (POLICIES, {"workload": "Deployment/shop/root", "admittedBy": "restricted"}, "fail", None),
        (POLICIES, {"pod": ROOT, "as": "User/ann", "refused": False}, "pass", ""),
        (POLICIES, {"pod": ROOT, "as": "Group/devs", "refused": True}, "pass", ""),
        (
            POLICIES,
            {"pod": WEB, "refused": False},
            "fail",
            'pod/web is refused: pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: []',
        ),
        (
            POLICIES,
            {"pod": ROOT, "as": "User/ann", "refused": True},
            "fail",
            "pod/root is admitted by open",
        ),
        (
            POLICIES,
            {"pod": WEB, "as": "User/ann", "admittedBy": "opne"},
            "cannot be asked",
            'there is no policy "opne"',
        ),
        (
            POLICIES,
            {"pod": WEB, "as": "User/nan", "admittedBy": "open"},
            "cannot be asked",
            "no object names User/nan",
        ),
        (
            POLICIES,
            {"pod": pod("web", namespace="shp"), "refused": True},
            "cannot be asked",
            'pod/web: there is no object in a namespace "shp"',
        ),
        (
            POLICIES,
            {"pod": pod("web", namespace="shop", serviceAccountName="wbe"), "refused": True},
            "cannot be asked",
            "pod/web: there is no service account wbe in shop",
        ),
        (
            POLICIES,
            {"workload": "Deployment/shop/wbe", "refused": True},
            "cannot be asked",
            "there is no Deployment wbe in namespace shop that makes pods",
        ),
        (LEVELS, {"pod": WEB, "refused": False}, "pass", ""),
        (LEVELS, {"pod": deployment_of_pod(ROOT), "refused": True}, "pass", ""),
        (LEVELS, {"workload": "Deployment/shop/root", "refused": True}, "pass", ""),
        (
            LEVELS,
            {"workload": "Deployment/shop/web", "refused": True},
            "fail",
            "deployment/web in shop is admitted",
        ),
        (LEVELS, {"pod": WEB, "level": "baseline"}, "pass", ""),
        (LEVELS, {"workload": "Deployment/shop/web", "level": "baseline:v1.25"}, "pass", ""),
        (LEVELS, {"pod": WEB, "level": "restricted"}, "fail", None),
        (
            LEVELS,
            {"pod": ROOT, "level": "baseline"},
            "fail",
            (
                'pod/root violates baseline:latest: privileged (container "app" must not set '
                "securityContext.privileged=true)"
            ),
        ),
        (
            LEVELS,
            {"pod": WEB, "admittedBy": "restricted"},
            "cannot be asked",
            "the server enforces no PodSecurityPolicy: there is none",
        ),
    ],
)
def test_assertions_about_pods_check_their_admission(
    cluster: Cluster, fields: dict[str, Any], expected: str, why: str | None
) -> None:
    result = put(cluster, **fields)
    assert result.result == expected
    assert why is None or result.why == why


def test_the_user_of_the_login_may_create_the_pod() -> None:
    fields: dict[str, Any] = {"pod": WEB, "as": "live", "admittedBy": "open"}
    assert put(POLICIES, **fields).result == "cannot be asked"
    assert put(POLICIES, live=User("ann", ()), **fields).result == "pass"
    assert put(POLICIES, live=User("bob", ("devs",)), **fields).result == "fail"


def test_an_invalid_assertion_about_pods_is_an_error_and_not_a_refusal() -> None:
    """A demand that cannot be decided is neither true nor false."""
    for refused in (True, False):
        odd = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": 3}}
        assert put(POLICIES, pod=odd, refused=refused).result == "cannot be asked"


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"hostNetwrok": True}, "pod/web: spec.hostNetwrok is not a field; did you mean hostNetwork?"),
        (
            {"containers": [{"name": "c", "image": "i", "securitycontext": {"privileged": True}}]},
            "pod/web: spec.containers[0].securitycontext is not a field; did you mean securityContext?",
        ),
        ({"containers": []}, "pod/web has no containers: the server refuses it"),
        (
            {"hostNetwork": "true"},
            (
                'pod/web: spec.hostNetwork must be a boolean and is the string "true"; write true or false, '
                "without quotes"
            ),
        ),
    ],
)
def test_a_pod_whose_fields_are_not_judged_cannot_be_asked(spec: JSONObject, why: str) -> None:
    wrong = {**WEB, "spec": {**WEB["spec"], **spec}}
    for demand in ({"level": "baseline"}, {"refused": False}):
        found = put(LEVELS, pod=wrong, **demand)
        assert (found.result, found.why) == ("cannot be asked", why)

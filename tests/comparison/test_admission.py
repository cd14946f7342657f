"""Tests which workloads have another verdict in two states."""

from typing import Any

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.comparison import AdmissionDifference
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import ClusterBuilder

LABEL = "pod-security.kubernetes.io/enforce"
WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "app", "image": "example/app:1"}]},
        },
    },
}
CONTROLLER = "ServiceAccount/kube-system:replicaset-controller"


def policies(*names: str, **spec: Any) -> Cluster:
    """Policies that the creator of the Deployment's pods may use."""
    builder = ClusterBuilder().add(WEB).namespace("shop").service_account("shop", "default")
    for name in names:
        builder = builder.policy(name, **spec).may_use(name, CONTROLLER)
    return builder.build(kubernetes_version="1.24")


def labelled(level: str, *more: JSONObject) -> Cluster:
    builder = ClusterBuilder().namespace("shop", {LABEL: level} if level else {})
    return builder.add(*more).build(kubernetes_version="1.30")


def change_rows(old: Cluster, new: Cluster) -> list[tuple[str, str, str, str]]:
    admission: AdmissionDifference = rbacpsp.diff(old, new).admission
    return [
        (
            change.plugin,
            f"{change.kind}/{change.name}",
            change.effect,
            change.before.words if change.before else "",
        )
        for change in admission.changes
    ]


def test_a_change_of_the_winning_policy_is_reported() -> None:
    admission = rbacpsp.diff(policies("b"), policies("a", "b")).admission
    [change] = admission.changes
    assert (change.plugin, change.effect, change.key) == (
        "PodSecurityPolicy",
        "gets another policy",
        ("shop", "Deployment", "web"),
    )
    assert (change.before, change.after.by) != (None, "b")
    assert change.before is not None
    assert (change.before.by, change.after.by) == ("b", "a")


def test_a_change_of_the_fields_that_a_policy_sets_is_reported() -> None:
    ranged = {"rule": "MustRunAs", "ranges": [{"min": 7, "max": 9}]}
    [change] = rbacpsp.diff(policies("a"), policies("a", runAsUser=ranged)).admission.changes
    assert change.effect == "gets other fields"
    assert [(field.path, field.after) for field in change.fields] == [
        ("spec.containers[0].securityContext.runAsUser", 7)
    ]


def test_a_removed_policy_refuses_its_pods_and_an_added_one_admits_them() -> None:
    assert change_rows(policies("a"), policies()) == [
        ("PodSecurityPolicy", "Deployment/web", "becomes refused", "a")
    ]
    [(_, _, effect, before)] = change_rows(policies(), policies("a"))
    assert effect == "becomes admitted"
    assert before.startswith("refused: ")


def test_a_level_that_the_pods_violate_is_enforced() -> None:
    [change] = rbacpsp.diff(labelled("baseline", WEB), labelled("restricted", WEB)).admission.changes
    assert (change.plugin, change.effect) == ("PodSecurity", "becomes refused")
    assert change.before is not None
    assert (change.before.by, change.after.by) == ("baseline:latest", "restricted:latest")
    assert change.after.message.startswith(
        'violates PodSecurity "restricted:latest": allowPrivilegeEscalation'
    )
    assert change_rows(labelled("restricted", WEB), labelled("", WEB))[0][2] == "becomes admitted"


def test_an_added_or_removed_workload_counts_only_if_it_is_refused() -> None:
    assert change_rows(labelled("baseline"), labelled("baseline", WEB)) == []
    assert change_rows(labelled("baseline", WEB), labelled("baseline")) == []
    assert change_rows(labelled("restricted"), labelled("restricted", WEB)) == [
        ("PodSecurity", "Deployment/web", "becomes refused", "")
    ]


def test_without_policies_on_the_server_they_are_not_compared_and_a_note_says_so() -> None:
    admission = rbacpsp.diff(policies("a"), labelled("", WEB)).admission
    assert admission.changes == ()
    assert admission.not_compared == (
        (
            "PodSecurityPolicy is not compared: the new state is of Kubernetes 1.30, which has none (it was "
            "removed in 1.25)"
        ),
    )

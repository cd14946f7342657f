"""Tests custom resources in a simulation, by template and by controller."""

from typing import Any

from rbacpsp import Cluster
from rbacpsp.testing import ClusterBuilder, pod

JSON = dict[str, Any]


def cluster(*objects: JSON) -> Cluster:
    builder = ClusterBuilder().policy("lax", privileged=True).policy("strict", volumes=["*"])
    builder.role(
        "use-strict", {"verbs": ["use"], "apiGroups": ["policy"], "resources": ["podsecuritypolicies"]}
    )
    builder.bind("use-strict", "ServiceAccount/kube-system:replicaset-controller")
    for each in objects:
        builder.add(each)
    return builder.build(kubernetes_version="1.24")


def custom(kind: str, spec: JSON, group: str = "argoproj.io/v1alpha1") -> JSON:
    return {"apiVersion": group, "kind": kind, "metadata": {"name": "web", "namespace": "x"}, "spec": spec}


TEMPLATE = {"template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}


def owned(name: str, kind: str, api_version: str = "argoproj.io/v1alpha1") -> JSON:
    made = pod(name, namespace="x")
    reference = {"apiVersion": api_version, "kind": kind, "name": "web", "uid": "", "controller": True}
    made["metadata"]["ownerReferences"] = [reference]
    return made


def test_a_rollout_is_judged_as_the_controller_of_its_replica_sets() -> None:
    (row,) = cluster(custom("Rollout", TEMPLATE)).simulate()
    assert (row.title, row.policy, row.verdict) == ("rollout/web", "lax", "no pods")
    assert row.creator is not None
    assert row.creator.name == "system:serviceaccount:kube-system:replicaset-controller"


def test_pods_of_a_custom_resource_are_compared_with_its_template() -> None:
    (row,) = cluster(custom("Rollout", TEMPLATE), owned("web-1", "Rollout")).simulate()
    assert [each.name for each in row.pods] == ["web-1"]
    assert not row.stored


def test_an_unknown_controller_is_reported_and_can_be_configured() -> None:
    tasks = custom("Job", {"tasks": [TEMPLATE]}, "batch.volcano.sh/v1alpha1")
    (row,) = cluster(tasks).simulate()
    assert (row.title, row.verdict) == ("job.batch.volcano.sh/web", "unbound")
    assert row.notes == (
        (
            "the creator of the pods of a Job.batch.volcano.sh is unknown: "
            "only what their service account may use counts"
        ),
    )


def test_several_templates_are_one_row_and_stored_pods_count_before_them() -> None:
    two = custom("Experiment", {"templates": [TEMPLATE, TEMPLATE]})
    (row,) = cluster(two).simulate()
    assert len(row.parts) == 2
    (row,) = cluster(two, owned("web-1", "Experiment")).simulate()
    assert row.stored
    assert [each.name for each in row.pods] == ["web-1"]


def test_a_workflow_template_is_judged_as_if_used_in_its_own_namespace() -> None:
    (row,) = cluster(custom("WorkflowTemplate", {"templates": [{"container": {"image": "i"}}]})).simulate()
    assert (row.title, row.verdict) == ("workflowtemplate/web", "unbound")
    assert (
        "it creates no pods itself: the objects that refer to it do, and are assumed to be in the same "
        "namespace" in row.notes
    )


def test_a_cluster_scoped_template_is_reported() -> None:
    of_all = custom("ClusterWorkflowTemplate", {"templates": [{"container": {"image": "i"}}]})
    of_all["metadata"].pop("namespace")
    simulation = cluster(of_all).simulate()
    assert list(simulation) == []
    assert simulation.unread == [
        "ClusterWorkflowTemplate web: it creates pods only where another object refers to it"
    ]


def test_an_unreadable_template_is_reported() -> None:
    bad = custom("Rollout", {"template": {"spec": {"containers": [{"name": "c", "image": 3}]}}})
    simulation = cluster(bad).simulate()
    assert list(simulation) == []
    assert simulation.unread == [
        "Rollout x/web: spec.containers[0].image must be a string, not a whole number"
    ]

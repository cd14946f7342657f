"""Tests the effects of changed policies, bindings or workloads, also those described in articles."""

from pathlib import Path

import pytest

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.model import Identity
from rbacpsp.simulate import Effect, RowDifference, differences
from rbacpsp.sources import read_files
from rbacpsp.testing import policy
from tests.simulate.build import JSON, builder, lax, owner, stored, workload

SAMPLES = Path(__file__).parents[2] / "sample_clusters"
STEPS = SAMPLES / "steps"

EKS_BINDING = ("ClusterRoleBinding", "", "eks:podsecuritypolicy:authenticated")


def changed(cluster: Cluster, *added: JSON, without: tuple[Identity, ...] = ()) -> tuple[RowDifference, ...]:
    after = cluster.changed(Cluster.from_objects(added).objects, without)
    return differences(cluster.simulate(), after.simulate())


def eks() -> Cluster:
    """The EKS sample with a Deployment and its pod in the developers' namespace."""
    developers = "psp-eks-restrictive"
    running = Cluster.from_objects(
        [
            workload("Deployment", "web", namespace=developers),
            workload("ReplicaSet", "web-5d89b", owner("Deployment", "web"), namespace=developers),
            stored("web-1", owner("ReplicaSet", "web-5d89b"), record="eks.privileged", namespace=developers),
        ]
    )
    return rbacpsp.load(SAMPLES / "psp-on-eks").changed(running.objects)


def test_without_the_default_binding_of_eks_every_deployment_becomes_refused() -> None:
    cluster = eks()
    (found,) = differences(cluster.simulate(), cluster.changed(removed=[EKS_BINDING]).simulate())
    assert found.effect is Effect.REFUSED
    assert found.before is not None
    assert found.after is not None
    assert (found.before.policy, found.before.verdict) == ("eks.privileged", "same")
    assert (found.after.policy, found.after.verdict) == (None, "unbound")
    assert found.after.message == (
        'pods "web-xxxxxxxxxx-" is forbidden: PodSecurityPolicy: unable to admit pod: []'
    )


def test_bound_first_the_new_policy_of_eks_takes_over_for_the_same_deployment() -> None:
    cluster = eks()
    step = read_files([str(STEPS / "psp-on-eks" / "eks.restrictive.yaml")]).objects
    use = builder().may_use(
        "eks.restrictive", "Group/system:serviceaccounts:psp-eks-restrictive", namespace="psp-eks-restrictive"
    )
    bound = cluster.changed(step).changed(use.build().objects)
    assert differences(cluster.simulate(), bound.simulate()) == ()
    (found,) = differences(bound.simulate(), bound.changed(removed=[EKS_BINDING]).simulate())
    assert (found.effect, found.after and found.after.policy) == (Effect.POLICY, "eks.restrictive")


def test_a_laxer_policy_that_changes_nothing_takes_over_although_it_comes_later_by_name() -> None:
    cluster = (
        builder(workload("Deployment", "web"))
        .policy("100-strict", allowPrivilegeEscalation=False)
        .may_use("100-strict", "Group/system:authenticated")
        .policy("200-lax")
        .build()
    )
    bound = builder().may_use("200-lax", "Group/system:authenticated").build()
    (found,) = differences(cluster.simulate(), cluster.changed(bound.objects).simulate())
    assert found.effect is Effect.POLICY
    assert [(field.path, field.before, field.after) for field in found.fields] == [
        ("spec.containers[0].securityContext.allowPrivilegeEscalation", False, None)
    ]


def test_a_policy_that_fills_in_more_changes_the_fields_of_the_pods_that_it_admits() -> None:
    cluster = lax(workload("Deployment", "web"))
    (found,) = changed(
        cluster, policy("lax", fsGroup={"rule": "MustRunAs", "ranges": [{"min": 7, "max": 9}]})
    )
    assert found.effect is Effect.FIELDS
    assert [(field.path, field.before, field.after) for field in found.fields] == [
        ("spec.securityContext.fsGroup", None, 7)
    ]


def test_an_added_workload_is_new_and_a_removed_one_is_gone() -> None:
    cluster = lax(workload("Deployment", "old"))
    result = changed(
        cluster,
        workload("Deployment", "new"),
        workload("Deployment", "wide", hostPID=True),
        without=(("Deployment", "shop", "old"),),
    )
    assert {each.row.name: each.effect for each in result} == {
        "wide": Effect.REFUSED,
        "new": Effect.NEW,
        "old": Effect.GONE,
    }


def test_a_refused_workload_can_become_admitted_or_be_refused_for_another_reason() -> None:
    cluster = builder(workload("Deployment", "a"), workload("Deployment", "b", hostPID=True)).build(
        kubernetes_version="1.24"
    )
    after = lax(workload("Deployment", "a"), workload("Deployment", "b", hostPID=True))
    result = differences(cluster.simulate(), after.simulate())
    assert [(each.row.name, each.effect) for each in result] == [("b", Effect.REASON), ("a", Effect.ADMITTED)]


def test_unchanged_rows_are_not_a_difference() -> None:
    cluster = lax(workload("Deployment", "web"), stored("p"), stored("wide", hostPID=True))
    assert differences(cluster.simulate(), cluster.simulate()) == ()


def test_a_difference_has_a_row_on_one_side_at_least() -> None:
    with pytest.raises(ValueError, match="a row on one side"):
        _ = RowDifference(None, None, Effect.GONE, ()).row

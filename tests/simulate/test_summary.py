"""Tests the summary of a simulation, policy by policy."""

from rbacpsp import Cluster
from rbacpsp.simulate import Summary
from rbacpsp.simulate.summary import OutOfOrder
from tests.simulate.build import builder, owner, stored, workload

EVERYONE = "Group/system:authenticated"


def cluster() -> Cluster:
    """100 fills something in, 200 does not and wins; 300 admits but never wins; nobody may use 400."""
    return (
        builder(
            workload("Deployment", "web"),
            workload("ReplicaSet", "web-1", owner("Deployment", "web")),
            stored("web-1-a", owner("ReplicaSet", "web-1"), record="200"),
            stored("web-1-b", owner("ReplicaSet", "web-1"), record="100"),
            stored("lost", hostPID=True),
        )
        .policy("100", allowPrivilegeEscalation=False)
        .policy("200")
        .policy("300")
        .policy("400")
        .may_use("100", EVERYONE)
        .may_use("200", EVERYONE)
        .may_use("300", EVERYONE)
        .may_use("200", "User/eve", namespace="shop")
        .role("admin", {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})
        .build()
    )


def summary() -> Summary:
    return cluster().simulate().summary


def test_pods_are_counted_by_the_policy_that_they_would_get_and_by_their_record() -> None:
    result = summary()
    assert result.pods == 3
    assert result.pods_by_policy == {"200": 2}
    assert result.recorded == {"": 1, "100": 1, "200": 1}
    assert result.enforced


def test_a_policy_is_unused_when_no_pod_has_it_and_none_would_get_it() -> None:
    assert summary().unused == ("300", "400")


def test_a_policy_that_no_binding_lets_anyone_use_is_unusable() -> None:
    assert summary().unusable == ("400",)


def test_a_policy_that_the_server_cannot_use_is_unusable_even_if_it_is_granted() -> None:
    broken = builder(workload("Deployment", "w")).policy("odd", runAsUser={"rule": "MustRunAs"})
    assert broken.may_use("odd", EVERYONE).build().simulate().summary.unusable == ("odd",)


def test_a_pod_refused_before_policies_does_not_hide_a_policy_that_cannot_be_used() -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x", "namespace": "shop"}}
    result = builder(account, workload("Job", "a"), workload("Job", "b", serviceAccountName="x"))
    result.policy("odd", runAsUser={"rule": "MustRunAs"}).may_use("odd", EVERYONE)
    assert result.build().simulate().summary.unusable == ("odd",)


def test_a_policy_that_admits_pods_and_never_wins_is_shadowed_by_those_that_do() -> None:
    assert summary().shadowed == {"100": ("200",), "300": ("200",)}


def test_a_winner_that_passes_a_policy_before_it_is_out_of_alphabetical_order() -> None:
    assert summary().out_of_order == (OutOfOrder("200", "100", ("shop/deployment/web",)),)


def test_a_grant_that_no_winner_rests_on_is_idle() -> None:
    assert [(idle.policy, idle.binding.name, idle.binding.namespace) for idle in summary().idle_grants] == [
        ("100", "psp:100", ""),
        ("200", "psp:200", "shop"),
        ("300", "psp:300", ""),
    ]


def test_a_rule_that_does_not_name_policies_is_no_idle_grant() -> None:
    everything = builder().role("admin", {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})
    found = everything.bind("admin", "User/root").policy("p").build().simulate().summary
    assert (found.idle_grants, found.unusable) == ((), ())


def test_without_any_record_policies_seem_not_to_be_enforced() -> None:
    assert not builder(stored("p")).policy("p").build().simulate().summary.enforced

"""Tests the scenarios of articles as changes of a whole cluster."""

from pathlib import Path

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.simulate import Effect, Verdict, differences
from rbacpsp.sources import read_files

SAMPLES = Path(__file__).parents[2] / "sample_clusters"


def sample(name: str) -> Cluster:
    return rbacpsp.load(SAMPLES / name)


def step(cluster: Cluster, sample_name: str, *files: str) -> Cluster:
    for file in files:
        cluster = cluster.changed(read_files([str(SAMPLES / "steps" / sample_name / file)]).objects)
    return cluster


def policies(cluster: Cluster) -> dict[str, str]:
    """What each row's pods get, or why they do not."""
    return {row.name: row.policy or row.verdict.value for row in cluster.simulate()}


def test_psp_by_example_a_deployment_waits_for_its_controllers_binding() -> None:
    before = step(sample("psp-by-example"), "psp-by-example", "dm.yaml")
    assert policies(before) == {"dm": "unbound"}
    after = step(before, "psp-by-example", "200-psp-binding.yaml")
    (found,) = differences(before.simulate(), after.simulate())
    assert (found.effect, found.after and found.after.policy) == (Effect.ADMITTED, "200-psp")


def test_psp_by_example_the_policy_for_everyone_comes_first_by_name() -> None:
    before = step(sample("psp-by-example"), "psp-by-example", "dm.yaml", "200-psp-binding.yaml")
    after = step(before, "psp-by-example", "100-psp-for-everyone.yaml")
    (found,) = differences(before.simulate(), after.simulate())
    assert (found.effect, found.after and found.after.policy) == (Effect.POLICY, "100-psp")
    assert after.simulate().summary.shadowed == {"200-psp": ("100-psp",)}


def test_psp_by_example_a_policy_that_changes_nothing_wins_out_of_order() -> None:
    before = step(
        sample("psp-by-example"),
        "psp-by-example",
        "dm.yaml",
        "200-psp-binding.yaml",
        "100-psp-for-everyone.yaml",
    )
    after = step(before, "psp-by-example", "200-psp-without-annotations.yaml")
    (found,) = differences(before.simulate(), after.simulate())
    assert (found.effect, found.after and found.after.policy) == (Effect.POLICY, "200-psp")
    assert "spec.containers[0].securityContext.runAsNonRoot" in {field.path for field in found.fields}
    assert [(each.policy, each.passed) for each in after.simulate().summary.out_of_order] == [
        ("200-psp", "100-psp")
    ]


def test_the_workshop_only_the_deployment_with_the_bound_account_gets_the_policy() -> None:
    cluster = step(sample("rbac-workshop"), "rbac-workshop", "deploy.yaml", "deploy-without-policy.yaml")
    assert policies(cluster) == {
        "library-server-with-policy": "no-root-policy",
        "library-server-without-policy": "unbound",
    }


def test_the_workshop_without_its_binding_the_deployment_becomes_refused() -> None:
    cluster = step(sample("rbac-workshop"), "rbac-workshop", "deploy.yaml")
    binding = ("RoleBinding", "default", "no-root-policy-role-binding")
    (found,) = differences(cluster.simulate(), cluster.changed(removed=[binding]).simulate())
    assert found.effect is Effect.REFUSED
    assert found.after is not None
    assert found.after.verdict is Verdict.UNBOUND

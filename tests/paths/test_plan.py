"""The changes that remove most findings: each step is what an audit without it finds."""

import pytest

from rbacpsp import Cluster
from rbacpsp.audit import Audit
from rbacpsp.files import load
from rbacpsp.paths import plan as module
from rbacpsp.paths.plan import Plan, plan
from rbacpsp.testing import ClusterBuilder
from tests.paths.clusters import rule
from tests.paths.test_findings import three


def audited(cluster: Cluster) -> Audit:
    return cluster.audit()


def planned(cluster: Cluster, steps: int = module.STEPS) -> Plan:
    found = plan(cluster, cluster.audit(), audited, steps)
    assert found is not None
    return found


def test_the_grant_that_most_paths_pass_is_the_first_to_go() -> None:
    found = planned(three().build(kubernetes_version="1.30"))
    first, second, *_ = [(step.change.words, step.removed, step.left) for step in found.steps]
    assert first == ("delete ClusterRoleBinding cluster-admin", 5, 9)
    assert second == ("delete rule 1 of Role a/cid", 2, 7)
    assert found.steps[0].change.breaks == ("Pod a/boss",)


def test_after_all_steps_the_plan_says_who_still_reaches_what() -> None:
    found = planned(three().build(kubernetes_version="1.30"), 1)
    reaching = {place.words: number for place, number in found.reaching.items()}
    assert reaching == {"cluster-admin": 0, "node": 2, "secrets:kube-system": 0}


def test_each_step_removes_what_it_says() -> None:
    cluster = load("sample_clusters/acme")
    found = planned(cluster)
    left = len(cluster.audit().findings)
    assert len(found.steps) == module.STEPS
    for step in found.steps:
        assert step.removed > 0
        left -= step.removed
        assert step.left == left
    assert len(found.remaining) == left


def test_a_fresh_cluster_needs_no_edit() -> None:
    found = planned(load("sample_clusters/bootstrap-1.36", kubernetes_version="1.36"))
    assert found.steps == ()
    assert {each.rule.id for each in found.remaining} == {"RBP133"}


def test_advice_is_no_step() -> None:
    builder = ClusterBuilder().namespace("a").role("unused", rule("get", "pods"), namespace="a")
    found = planned(builder.build())
    assert found.steps == ()
    assert found.remaining


def test_too_many_findings_are_not_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FINDINGS", 1)
    cluster = three().build()
    assert plan(cluster, cluster.audit(), audited) is None

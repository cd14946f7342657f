"""Tests the plan of changes: each step has the counts of an audit after it."""

from dataclasses import replace

import pytest

from rbacpsp import Cluster
from rbacpsp.audit import Audit, Severity
from rbacpsp.audit.by_change import Remediation
from rbacpsp.files import load
from rbacpsp.paths import plan as module
from rbacpsp.paths.plan import RemediationPlan, plan
from rbacpsp.testing import ClusterBuilder, rule
from tests.paths.test_findings import names, three, with_controller


def audited(cluster: Cluster) -> Audit:
    return cluster.audit()


def planned(cluster: Cluster, steps: int = module.STEPS) -> RemediationPlan:
    result = plan(cluster, cluster.audit(), audited, steps)
    assert result is not None
    return result


def test_the_plan_removes_the_grant_that_most_paths_pass_first() -> None:
    result = planned(three().build(kubernetes_version="1.30"))
    first, second, *_ = [(step.change.words, step.removed, step.left) for step in result.steps]
    assert first == ("delete ClusterRoleBinding cluster-admin", 5, 9)
    assert second == ("delete rule 1 of Role a/cid", 2, 7)
    assert result.steps[0].change.breaks == ("Pod a/boss",)


def test_after_all_steps_the_plan_says_who_still_reaches_what() -> None:
    result = planned(three().build(kubernetes_version="1.30"), 1)
    reaching = {place.words: number for place, number in result.reaching.items()}
    assert reaching == {"cluster-admin": 0, "node": 2, "secrets:kube-system": 0}


def test_each_step_removes_the_findings_that_it_reports() -> None:
    cluster = load("sample_clusters/acme")
    result = planned(cluster)
    left = len(cluster.audit().findings)
    assert len(result.steps) == module.STEPS
    for step in result.steps:
        assert step.removed > 0
        left -= step.removed
        assert step.left == left
    assert len(result.remaining) == left


@pytest.mark.parametrize("few", [module.FEW_FINDINGS, 0])
@pytest.mark.parametrize("name", ["acme", "rbac-workshop", "psp-by-example"])
def test_a_step_has_the_findings_that_are_gone_after_it(
    name: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FEW_FINDINGS", few)
    cluster = load(f"sample_clusters/{name}")
    first = {finding.fingerprint: finding for finding in cluster.audit().findings}
    result, before = planned(cluster), set(first)
    for step in result.steps:
        cluster = module._with(cluster, [step.change])
        left = {finding.fingerprint for finding in cluster.audit().findings}
        removed = {finding.fingerprint: finding for finding in step.change.findings}
        assert removed.keys() == (before - left) & first.keys()
        assert {fingerprint: first[fingerprint].severity for fingerprint in removed} == {
            fingerprint: finding.severity for fingerprint, finding in removed.items()
        }
        before = left
    assert [finding.severity for finding in result.remaining] == [
        finding.severity for fingerprint, finding in first.items() if fingerprint in before
    ]


def test_changes_that_remove_nothing_are_not_in_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = three().build(kubernetes_version="1.30")
    audit = cluster.audit()
    chosen = module._chosen_at_once(cluster, audit, 10)
    monkeypatch.setattr(module, "_with", lambda now, changes: _without_first(now, list(changes), chosen[0]))
    assert module._tried_each(cluster, audit, audited, chosen).steps[0].change.words == chosen[1].words
    full_control = replace(audit, findings=tuple(each for each in audit.findings if each.way is None))
    chosen = module._chosen_at_once(cluster, full_control, 10)
    together = module._tried_together(cluster, full_control, audited, chosen)
    assert [step.change.words for step in together.steps] == [change.words for change in chosen[1:]]


def _without_first(now: Cluster, made: list[Remediation], ineffective: Remediation) -> Cluster:
    """A cluster with some changes made, of which one changes nothing."""
    return WITH(now, [change for change in made if change.words != ineffective.words])


WITH = module._with


def test_a_fresh_cluster_needs_no_edit() -> None:
    result = planned(load("sample_clusters/bootstrap-1.36", kubernetes_version="1.36"))
    assert (result.steps, result.remaining) == ((), ())


def test_advice_is_not_a_step_of_the_plan() -> None:
    builder = ClusterBuilder().namespace("a").role("unused", rule("get", "pods"), namespace="a")
    result = planned(builder.build())
    assert result.steps == ()
    assert result.remaining


def test_bindings_of_kubernetes_itself_are_not_changed() -> None:
    cluster = load("sample_clusters/acme")
    result = plan(cluster, cluster.audit().limited(Severity.CRITICAL), audited)
    assert result
    assert not [step.change.words for step in result.steps if "system:controller:" in step.change.words]


def test_of_many_findings_an_audit_follows_each_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW_FINDINGS", 10)
    cluster, audits = load("sample_clusters/acme"), []

    def counted(changed: Cluster) -> Audit:
        audits.append(audited(changed))
        return audits[-1]

    result = plan(cluster, cluster.audit(), counted)
    assert result
    assert len(audits) == 10
    assert len(result.steps) == 10
    first = {finding.fingerprint for finding in cluster.audit().findings}
    before = first
    for step, after in zip(result.steps, audits, strict=True):
        left = {finding.fingerprint for finding in after.findings}
        gone = {finding.fingerprint for finding in step.change.findings if finding.way is None}
        assert step.removed == len((before - left) & first)
        assert step.left == len(left & first)
        assert not gone & left, step.change.words
        before = left
    assert {each.fingerprint for each in result.remaining} == first & before
    assert result.steps[-1].left == len(result.remaining)
    closed = [finding.fingerprint for step in result.steps for finding in step.change.findings]
    assert len(closed) == len(set(closed))


def test_changes_that_are_chosen_at_once_are_ordered_by_the_remaining_findings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = three().build(kubernetes_version="1.30")
    one_by_one = [step.change.words for step in planned(cluster).steps]
    monkeypatch.setattr(module, "FEW_FINDINGS", 0)
    result = planned(cluster)
    assert [(step.change.words, step.removed, step.left) for step in result.steps] == [
        ("delete ClusterRoleBinding cluster-admin", 5, 9),
        ("delete rule 1 of Role a/cid", 2, 7),
        ("delete rule 1 of Role dev/ann", 2, 5),
        ("delete rule 1 of Role pay/bea", 1, 4),
    ]
    assert [step.change.words for step in result.steps] == one_by_one
    assert {step.added for step in result.steps} == {0}
    assert len(result.remaining) == 4


CLOSES_BOTH = "remove ServiceAccount/a:strong from ClusterRoleBinding cluster-admin"


def test_findings_that_one_change_closes_need_no_other_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW_FINDINGS", 0)
    cluster = three().build(kubernetes_version="1.30")
    audit = cluster.audit()
    paths = tuple(finding for finding in audit.findings if finding.rule.id == "RBP150")
    assert len(paths) == 2
    result = plan(cluster, replace(audit, findings=paths), audited)
    assert result is not None
    assert [step.change.words for step in result.steps] == [CLOSES_BOTH]
    assert result.remaining == ()


def test_a_change_behind_a_grant_of_kubernetes_itself_closes_all_paths_that_pass_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FEW_FINDINGS", 0)
    builder = with_controller()
    controller = rule("impersonate", "serviceaccounts", names="replicaset-controller")
    for name in ("ann", "bea"):
        builder.role(name, controller, namespace="kube-system")
        builder.bind(name, f"User/{name}", namespace="kube-system")
    cluster = builder.build(kubernetes_version="1.30")
    audit = cluster.audit()
    paths = tuple(finding for finding in audit.findings if finding.rule.id == "RBP150")
    assert names(paths) == ["ann", "bea"]
    result = plan(cluster, replace(audit, findings=paths), audited)
    assert result is not None
    assert [step.change.words for step in result.steps] == [CLOSES_BOTH]


def test_where_no_edit_helps_no_change_is_chosen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW_FINDINGS", 0)
    builder = ClusterBuilder().namespace("a").role("unused", rule("get", "pods"), namespace="a")
    cluster = builder.build()
    result = planned(cluster)
    assert result.steps == ()
    assert [each.rule.id for each in result.remaining] == [each.rule.id for each in cluster.audit().findings]


@pytest.mark.parametrize(
    ("count", "way"),
    [
        (2_000, "_one_by_one"),
        (2_001, "_tried_each"),
        (20_000, "_tried_each"),
        (20_001, "_tried_together"),
        (100_000, "_tried_together"),
    ],
)
def test_the_number_of_findings_decides_how_changes_are_tried(
    monkeypatch: pytest.MonkeyPatch, count: int, way: str
) -> None:
    wanted = RemediationPlan((), ())
    monkeypatch.setattr(module, "_chosen_at_once", lambda *_: [])
    for name in ("_one_by_one", "_tried_each", "_tried_together"):
        result = wanted if name == way else RemediationPlan((), ())
        monkeypatch.setattr(module, name, lambda *_, result=result: result)
    cluster = three().build(kubernetes_version="1.30")
    assert plan(cluster, repeated(cluster.audit(), count), audited, 2) is wanted


def test_of_very_many_findings_one_audit_follows_all_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW_FINDINGS", 10)
    cluster, audits = load("sample_clusters/acme"), []
    each = plan(cluster, cluster.audit(), audited)
    monkeypatch.setattr(module, "MANY_FINDINGS", 20)

    def counted(changed: Cluster) -> Audit:
        audits.append(audited(changed))
        return audits[-1]

    together = plan(cluster, cluster.audit(), counted)
    assert each is not None
    assert together is not None
    assert len(audits) == 1
    assert [step.change.words for step in together.steps] == [step.change.words for step in each.steps]
    left = {finding.fingerprint for finding in audits[0].findings}
    for step in together.steps:
        assert step.removed == len([own for own in step.change.findings if own.fingerprint not in left])
        assert step.removed
    assert {step.left for step in together.steps} == {None}
    assert [finding.fingerprint for finding in together.remaining] == [
        finding.fingerprint for finding in each.remaining
    ]
    assert together.reaching == each.reaching


def test_of_two_findings_with_one_fingerprint_both_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW_FINDINGS", 0)
    cluster = three().build(kubernetes_version="1.30")
    audit = cluster.audit()
    once, twice = plan(cluster, audit, audited), plan(cluster, repeated(audit, 2 * len(audit)), audited)
    assert once is not None
    assert twice is not None
    assert sum(step.removed for step in twice.steps) == 2 * sum(step.removed for step in once.steps)
    assert twice.steps[-1].left == len(twice.remaining) == 2 * len(once.remaining)


def test_more_than_100000_findings_are_not_planned() -> None:
    cluster = three().build(kubernetes_version="1.30")
    assert plan(cluster, repeated(cluster.audit(), 100_001), audited) is None


def repeated(audit: Audit, count: int) -> Audit:
    """An audit with so many findings."""
    return replace(audit, findings=(audit.findings * count)[:count])


def test_too_many_findings_are_not_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FINDINGS", 1)
    cluster = three().build()
    assert plan(cluster, cluster.audit(), audited) is None

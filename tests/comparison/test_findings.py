"""Tests which findings are new, gone, worse or better."""

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.audit import Severity
from rbacpsp.comparison import Diff
from rbacpsp.testing import ClusterBuilder

READ = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}
ALL = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}


def with_secrets() -> Cluster:
    return ClusterBuilder().role("keys", READ).bind("keys", "User/eve").build(kubernetes_version="1.30")


def with_everything() -> Cluster:
    builder = ClusterBuilder().role("keys", READ).bind("keys", "User/eve")
    return builder.role("all", ALL).bind("all", "Group/devs").build(kubernetes_version="1.30")


def ids(found: Diff) -> dict[str, list[str]]:
    parts = {word: getattr(found.findings, word) for word in ("new", "gone")}
    return {word: sorted(finding.rule.id for finding in findings) for word, findings in parts.items()}


def test_a_grant_of_everything_adds_a_finding_and_its_removal_removes_it() -> None:
    forth, back = (
        rbacpsp.diff(with_secrets(), with_everything()),
        rbacpsp.diff(with_everything(), with_secrets()),
    )
    assert "RBP001" in ids(forth)["new"]
    assert ids(forth)["gone"] == []
    assert ids(back) == {"new": [], "gone": ids(forth)["new"]}
    assert {each.severity for each in forth.findings.reaching(Severity.CRITICAL)} == {Severity.CRITICAL}
    assert back.findings.reaching(Severity.INFO) == ()


def test_equal_findings_are_not_a_difference() -> None:
    assert not rbacpsp.diff(with_everything(), with_everything()).findings


def test_a_finding_with_a_higher_severity_is_not_new() -> None:
    """A policy that allows a node takeover is more severe if everybody may use it."""

    def state(*subjects: str) -> Cluster:
        builder = ClusterBuilder().policy("open", privileged=True, hostPID=True)
        return builder.may_use("open", *subjects).build(kubernetes_version="1.24")

    findings = rbacpsp.diff(state("User/eve"), state("User/eve", "Group/system:authenticated")).findings
    back = rbacpsp.diff(state("User/eve", "Group/system:authenticated"), state("User/eve")).findings
    assert [(each.old, each.new) for each in findings.worse] == [(each.new, each.old) for each in back.better]
    assert (back.worse, findings.better) == ((), ())
    known = {each.old.fingerprint for each in findings.worse}
    assert known.isdisjoint(each.fingerprint for each in findings.new)

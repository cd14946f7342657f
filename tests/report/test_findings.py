"""Tests findings in words: what is shared between findings is what each would have alone."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

import pytest

from rbacpsp import Cluster
from rbacpsp.audit import Finding
from rbacpsp.audit.by_change import Remediation, changes
from rbacpsp.audit.token_holders import TokenHolders
from rbacpsp.cli.gates import locator
from rbacpsp.files import load
from rbacpsp.paths.plan import plan
from rbacpsp.paths.tree import path_of
from rbacpsp.report.by_change import ByChange
from rbacpsp.report.findings import Writer
from rbacpsp.report.findings_data import finding_json
from rbacpsp.report.formats import render
from rbacpsp.report.path_steps import step_json

SAMPLES = ("acme", "psp-on-eks", "psp-by-example", "bootstrap-1.36", "rbac-workshop")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_finding_has_the_same_words_alone_as_among_all(name: str) -> None:
    cluster = load(f"sample_clusters/{name}")
    audit, locate = cluster.audit(), locator(cluster)
    findings = audit.findings + audit.ruled_out
    for row in Writer(locate).rows(findings):
        alone = Writer(locate).row(row.finding)
        assert finding_json(row) == finding_json(alone)
        assert (row.sentence, row.said, row.assumed) == (alone.sentence, alone.said, alone.assumed)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_path_has_the_words_grants_and_permission_of_its_steps(name: str) -> None:
    cluster = load(f"sample_clusters/{name}")
    audit = cluster.audit()
    for row in Writer().rows(audit.findings + audit.ruled_out):
        way = row.finding.way
        assert (row.path is None) == (way is None)
        if row.path is not None and way is not None:
            path = path_of(way)
            assert row.path.words == path.words
            assert list(row.path.steps) == list(map(step_json, path.steps))
            assert [grant.rule for grant in row.grants] == [grant.rule_index + 1 for grant in path.grants]
            assert row.permission == row.finding.permission == path.permission


def test_two_paths_that_share_a_step_and_not_what_follows_keep_their_own_steps() -> None:
    cluster = load("sample_clusters/acme")
    ways = (finding.way for finding in cluster.audit().findings if finding.way)
    path = max(map(path_of, ways), key=lambda each: len(each.steps))
    assert len(path.steps) > 2
    finding = next(each for each in cluster.audit().findings if each.way)
    writer = Writer()
    for steps in (path.steps, path.steps[:2], path.steps[:1]):
        part = type(path)(path.start, path.goal, steps, path.kubernetes_own)
        row = writer.row(Finding(finding.rule, finding.severity, finding.subject, way=part))
        assert row.path is not None
        assert row.path.words == part.words


@pytest.mark.parametrize("form", ["json", "yaml", "csv", "markdown", "html"])
def test_a_report_computes_each_fingerprint_at_most_once(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    computed: Counter[int] = Counter()
    compute = Finding._digested

    def counted(finding: Finding) -> bytes:
        computed[id(finding)] += 1
        return compute(finding)

    monkeypatch.setattr(Finding, "_digested", counted)
    cluster = load("sample_clusters/acme")
    audit = cluster.audit()
    report = ByChange(audit, partial(found, cluster), plan(cluster, audit, Cluster.audit))
    assert render(report, form)
    first = [computed[id(finding)] for finding in audit.findings]
    assert max(first) == 1


@pytest.mark.parametrize("name", SAMPLES)
def test_every_finding_is_in_a_change_that_removes_it(name: str) -> None:
    cluster = load(f"sample_clusters/{name}")
    audit = cluster.audit()
    for made in (plan(cluster, audit, Cluster.audit), None):
        rows = ByChange(audit, partial(found, cluster), made).rows
        listed = [finding for row in rows for finding in row.change.findings]
        together = [finding for row in rows for finding in row.change.shared]
        assert len({id(finding) for finding in listed}) == len(listed)
        assert {id(finding) for finding in (*listed, *together)} == {
            id(finding) for finding in audit.findings
        }
        assert all(row.removed == len(row.change.findings) for row in rows)


def found(cluster: Cluster, findings: Sequence[Finding]) -> tuple[Remediation, ...]:
    return changes(findings, TokenHolders(cluster.paths().view))


def test_the_changes_of_a_json_report_are_found_after_its_findings_are_written() -> None:
    cluster = load("sample_clusters/acme")
    audit = cluster.audit()
    called: list[str] = []

    def find(findings: Sequence[Finding]) -> tuple[Remediation, ...]:
        called.append("changes")
        return found(cluster, findings)

    document = ByChange(audit, find, None).document()
    assert len(list(document["findings"])) == len(audit)
    assert not called
    assert list(document["changes"])
    assert called == ["changes"]

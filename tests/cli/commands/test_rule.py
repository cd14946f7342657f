"""Tests that `rbacpsp rule` explains a rule, and that its examples have the expected findings."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from rbacpsp import Cluster
from rbacpsp.audit import RULES
from rbacpsp.audit.examples import examples
from rbacpsp.decode import parse_yaml
from rbacpsp.paths import parse_place
from rbacpsp.paths.findings import as_audit
from tests.docs import audit, console
from tests.docs import examples as written

Run = Callable[..., Result]


def test_a_rule_is_explained_with_an_example_of_a_finding_and_of_none(call: Run) -> None:
    output = call("rule", "RBP010").stdout
    assert output.startswith("RBP010 read-secrets: Reads every secret\nseverity: high; medium for a grant")
    for title in ("why it matters", "what an attacker gains", "how to fix it", "references"):
        assert f"\n{title}:\n" in output
    finding, none = output.split("this is a finding:\n")[1].split("this is not a finding:\n")
    assert '  rules: [{apiGroups: [""], resources: [secrets], verbs: [list]}]\n' in finding
    assert "resourceNames: [db]" in none


def test_a_rule_is_found_by_its_name_in_any_case_and_a_misspelling_is_answered(call: Run) -> None:
    assert call("rule", "READ-secrets").stdout == call("rule", "rbp010").stdout
    slip = call("rule", "RBP41")
    assert slip.exit_code == 2
    assert "did you mean" in slip.stderr
    assert "RBP041" in slip.stderr
    assert call("rule", "qqq").stderr == 'error: unknown rule "qqq"; `rbacpsp rule` lists all\n'


def test_without_a_rule_all_are_listed(call: Run) -> None:
    lines = call("rule", "--no-headers").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [*sorted(rule.id for rule in RULES), "RBP900"]
    document = json.loads(call("rule", "-o", "json").stdout)
    assert (document["kind"], len(document["items"])) == ("AuditRuleList", len(lines))


def test_the_page_of_a_rule_says_the_same(call: Run) -> None:
    markdown = call("rule", "RBP010", "-o", "markdown").stdout.removeprefix("### RBP010 read-secrets\n")
    page = audit.PAGES.file("RBP010").read_text(encoding="utf-8")
    assert markdown in page
    assert list(parse_yaml(page.split("```yaml\n")[1].split("```")[0]))


def test_the_examples_are_those_by_which_the_rules_are_tested() -> None:
    assert written.FILE.read_text(encoding="utf-8") == written.text(), "run python -m tests.docs.examples"
    assert console.ROOT in written.FILE.parents


@pytest.mark.parametrize("number", sorted(examples()))
def test_an_example_is_judged_as_it_says(number: str) -> None:
    example = examples()[number]
    for objects, expected in ((example.finding, True), (example.none, False)):
        cluster = Cluster.from_objects(objects.items, kubernetes_version=objects.version or None)
        if example.goal:
            result = as_audit(cluster.paths().to(parse_place(example.goal)), cluster.kubernetes_version)
        else:
            result = cluster.audit()
        assert any(finding.rule.id == number for finding in result.findings) is expected

"""Tests policy files: disabled rules, severities, exceptions, own rules, and errors with their lines."""

import json
from datetime import date
from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.audit import PolicyError, Severity, audit, known_fingerprints, new_only, read_policy
from rbacpsp.audit import policy as policy_module
from rbacpsp.audit.finding import Finding
from rbacpsp.decode import parse_yaml
from rbacpsp.model.json import JSONObject
from rbacpsp.report.findings_report import AuditReport
from rbacpsp.report.formats import render
from rbacpsp.testing import ClusterBuilder

HEAD = {"apiVersion": "rbacpsp.io/v1", "kind": "AuditPolicy"}
TODAY = date(2026, 6, 1)
EXCEPTION = {"rule": "RBP010", "owner": "platform", "reason": "backs up", "expires": "2026-12-31"}
OWN = {
    "id": "ACME001",
    "title": "Deletes databases",
    "severity": "high",
    "verbs": ["delete"],
    "resources": ["dbs"],
}


def cluster(*resources: str, group: str = "", namespace: str = "") -> Cluster:
    rule = {"verbs": ["list", "delete"], "apiGroups": [group], "resources": list(resources)}
    builder = ClusterBuilder().role("r", rule)
    return builder.bind("r", "User/eve", "Group/dev", namespace=namespace, kind="ClusterRole").build()


def audited(where: Cluster, today: date = TODAY, **policy: Any) -> list[Finding]:
    read = read_policy(HEAD | policy)
    return list(audit(where.objects, where.authorizer, policy=read, today=today).findings)


def test_a_rule_is_switched_off() -> None:
    assert audited(cluster("secrets"), rules={"RBP010": {"enabled": False}}) == []


def test_a_severity_is_changed_for_every_scope() -> None:
    result = audited(cluster("secrets", namespace="a"), rules={"RBP010": {"severity": "low"}})
    assert {finding.severity for finding in result} == {Severity.LOW}


def test_an_exception_covers_its_subject_alone() -> None:
    result = audited(cluster("secrets"), exceptions=[EXCEPTION | {"subject": "User/eve"}])
    assert [finding.subject and finding.subject.name for finding in result] == ["dev"]


@pytest.mark.parametrize(("scope", "left"), [("a", 0), ("b", 2), ("cluster", 2)])
def test_an_exception_covers_its_scope_alone(scope: str, left: int) -> None:
    result = audited(cluster("secrets", namespace="a"), exceptions=[EXCEPTION | {"scope": scope}])
    assert len(result) == left


def test_an_exception_names_a_binding_or_a_role() -> None:
    assert audited(cluster("secrets"), exceptions=[EXCEPTION | {"object": "ClusterRole/r"}]) == []
    assert len(audited(cluster("secrets"), exceptions=[EXCEPTION | {"object": "ClusterRole/other"}])) == 2


def test_exceptions_are_listed_with_owner_date_and_reason() -> None:
    read = read_policy(HEAD | {"exceptions": [EXCEPTION]})
    where = cluster("secrets")
    result = audit(where.objects, where.authorizer, policy=read, today=TODAY)
    assert {each.ruled_out for each in result.ruled_out} == {
        "accepted by platform until 2026-12-31: backs up"
    }


def test_an_exception_holds_on_its_last_day_and_is_a_finding_on_the_next() -> None:
    assert audited(cluster("secrets"), date(2026, 12, 31), exceptions=[EXCEPTION]) == []
    result = audited(cluster("secrets"), date(2027, 1, 1), exceptions=[EXCEPTION])
    assert [finding.rule.id for finding in result] == ["RBP010", "RBP010", "RBP900"]
    assert result[-1].detail == "RBP010 was accepted by platform until 2026-12-31: backs up"


def test_exceptions_need_an_expiry_date() -> None:
    where = cluster("secrets")
    with pytest.raises(ValueError, match="needs the current date"):
        audit(where.objects, where.authorizer, policy=read_policy(HEAD | {"exceptions": [EXCEPTION]}))


def test_a_custom_rule_reports_its_permission() -> None:
    result = audited(cluster("dbs", group="db.io"), ownRules=[OWN | {"groups": ["db.io"]}])
    assert [(each.rule.id, each.severity, each.permission) for each in result] == [
        ("ACME001", "high", "delete dbs.db.io")
    ] * 2


@pytest.mark.parametrize(
    ("scope", "namespace", "count"),
    [("cluster", "", 2), ("cluster", "a", 0), ("namespace", "", 0), ("namespace", "a", 2), ("any", "a", 2)],
)
def test_a_custom_rule_applies_only_in_its_scope(scope: str, namespace: str, count: int) -> None:
    given = [OWN | {"scope": scope, "groups": ["db.io"]}]
    assert len(audited(cluster("dbs", group="db.io", namespace=namespace), ownRules=given)) == count


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"groups": ["db.io"]}, ""),
        ({"resources": ["deployments", "pods"], "groups": ["apps", ""]}, ""),
        ({"resources": ["pods/exec"], "verbs": ["create"]}, ""),
        ({"resources": ["secerts"]}, 'resources "secerts": the core group has no such resource.'),
        ({"resources": ["deployments"]}, "Probably meant: deployments of apiGroups apps."),
        ({"verbs": ["delet"], "resources": ["secrets"]}, "Probably meant: delete."),
        ({"groups": ["apss"], "resources": ["deployments"]}, 'apiGroups "apss": no server has such a group.'),
        ({"groups": ["db.io"], "subjects": ["Group/d*"]}, ""),
        ({"groups": ["db.io"], "subjects": ["Group/dve"]}, "is about Group/dve, which no binding has"),
    ],
)
def test_a_custom_rule_that_can_match_nothing_is_doubted(words: JSONObject, told: str) -> None:
    where = cluster("dbs", group="db.io")
    read = read_policy(HEAD | {"ownRules": [OWN | words]})
    warnings = [
        text for text in audit(where.objects, where.authorizer, policy=read).warnings if "own rule" in text
    ]
    assert bool(warnings) == bool(told)
    assert all(told in text for text in warnings)


def test_a_custom_rule_takes_patterns_of_subjects() -> None:
    given = [OWN | {"subjects": ["Group/d*"], "groups": ["db.io"]}]
    result = audited(cluster("dbs", group="db.io"), ownRules=given)
    assert [each.subject and each.subject.name for each in result] == ["dev"]


def test_a_custom_rule_applies_only_to_its_subjects() -> None:
    given = [OWN | {"subjects": ["Group/dev"], "groups": ["db.io"]}]
    result = audited(cluster("dbs", group="db.io"), ownRules=given)
    assert [each.subject and each.subject.name for each in result] == ["dev"]


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ([], "the policy: the policy must be an object, with keys and values"),
        ({"kind": "AuditPolicy"}, "apiVersion: apiVersion must be rbacpsp.io/v1"),
        (
            HEAD | {"rule": {}},
            'rule: unknown key "rule"; known keys: apiVersion, exceptions, kind, ownRules, profiles, rules',
        ),
        (HEAD | {"rules": {"RBP999": {}}}, 'rules.RBP999: unknown rule "RBP999"'),
        (
            HEAD | {"rules": {"RBP010": {"severity": "awful"}}},
            (
                'rules.RBP010.severity: unknown severity "awful"; known severities: critical, high, medium, '
                "low, info"
            ),
        ),
        (
            HEAD | {"rules": {"RBP010": {"enabled": "no"}}},
            "rules.RBP010.enabled: enabled must be true or false",
        ),
        (HEAD | {"exceptions": [{**EXCEPTION, "reason": ""}]}, "exceptions[0]: reason is missing"),
        (HEAD | {"exceptions": [{**EXCEPTION, "owner": None}]}, "exceptions[0]: owner is missing"),
        (
            HEAD | {"exceptions": [{**EXCEPTION, "expires": "31.12.2026"}]},
            'exceptions[0].expires: "31.12.2026" is not a date: write it as 2027-03-31',
        ),
        (
            HEAD | {"exceptions": [{**EXCEPTION, "expires": "2026-02-30"}]},
            'exceptions[0].expires: "2026-02-30" is not a date: write it as 2027-03-31',
        ),
        (HEAD | {"exceptions": EXCEPTION}, "exceptions: exceptions must be a list"),
        (
            HEAD | {"ownRules": [OWN | {"id": "RBP001"}]},
            'ownRules[0].id: "RBP001" is not an id for an own rule: write one such as ACME001',
        ),
        (
            HEAD | {"ownRules": [OWN | {"subjects": ["Group/dev", "dev"]}]},
            (
                'ownRules[0].subjects[1]: "dev" is not a subject: write User/NAME, Group/NAME or '
                "ServiceAccount/NAMESPACE:NAME"
            ),
        ),
        (HEAD | {"ownRules": [OWN, OWN]}, 'ownRules[1].id: there is another rule "ACME001"'),
        (HEAD | {"ownRules": [OWN | {"verbs": []}]}, "ownRules[0].verbs: verbs must not be empty"),
        (HEAD | {"ownRules": [OWN | {"verbs": [1]}]}, "ownRules[0].verbs: verbs must be a list of texts"),
        (
            HEAD | {"ownRules": [OWN | {"scope": "galaxy"}]},
            'ownRules[0].scope: scope must be any, cluster or namespace, not "galaxy"',
        ),
    ],
)
def test_an_error_in_a_policy_names_the_mistake_and_its_position(policy: Any, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(policy)
    assert message in str(caught.value).split("\n")


def test_a_problem_has_its_line_where_lines_are_known() -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(HEAD | {"rules": {"RBP999": {}}}, lambda path: len(path) + 1)
    assert str(caught.value) == 'line 3, rules.RBP999: unknown rule "RBP999"'


def test_a_baseline_suppresses_all_but_new_findings() -> None:
    where = cluster("secrets")
    old = audit(where.objects, where.authorizer)
    known = known_fingerprints(json.loads(render(AuditReport(old), "json")))
    assert new_only(old, known).findings == ()
    assert {each.ruled_out for each in new_only(old, known).ruled_out} == {"it is in the baseline"}
    local = cluster("secrets", namespace="a")
    assert len(new_only(audit(local.objects, local.authorizer), known).findings) == 2


@pytest.mark.parametrize("report", [[], {}, {"kind": "Audit"}, {"kind": "Audit", "findings": [{}]}])
def test_a_baseline_that_is_not_a_report_is_refused(report: Any) -> None:
    with pytest.raises(ValueError, match="-o json"):
        known_fingerprints(report)


def test_the_documented_example_is_a_policy() -> None:
    text = (policy_module.__doc__ or "").partition("```yaml\n")[2].partition("```")[0]
    (value,) = parse_yaml(text)
    policy = read_policy(value)
    assert policy.disabled == {"RBP045"}
    assert [exception.owner for exception in policy.exceptions] == ["platform team"]
    assert [rule.id for rule in policy.own] == ["ACME001"]


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ({"subject": "User/*"}, True),
        ({"subject": "User/e*e"}, True),
        ({"subject": "User/e?e"}, False),
        ({"subject": "ServiceAccount/*:*"}, False),
        ({"rule": ["RBP040", "RBP010"]}, True),
        ({"rule": ["RBP040", "RBP041"]}, False),
        ({"scope": "te*"}, True),
        ({"scope": "*"}, True),
        ({"scope": "cluster"}, False),
        ({"object": "RoleBinding/*"}, True),
        ({"object": "ClusterRoleBinding/*"}, False),
    ],
)
def test_an_exception_may_have_patterns_and_an_unused_one_is_reported(
    given: dict[str, Any], *, accepted: bool
) -> None:
    rules = {"verbs": ["list"], "apiGroups": [""], "resources": ["secrets"]}
    cluster = (
        ClusterBuilder().role("r", rules, namespace="team").bind("r", "User/eve", namespace="team").build()
    )
    exception = {"rule": "RBP010", "owner": "o", "reason": "r", "expires": "2027-06-01", **given}
    policy = read_policy({"apiVersion": "rbacpsp.io/v1", "kind": "AuditPolicy", "exceptions": [exception]})
    audit = cluster.audit(policy=policy, today=date(2027, 1, 1))
    warnings = [warning for warning in audit.warnings if "matches no finding" in warning]
    assert ("RBP010" not in {finding.rule.id for finding in audit.findings}, not warnings) == (
        accepted,
        accepted,
    )

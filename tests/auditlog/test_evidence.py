"""Tests the evidence of use that logs add to findings and paths."""

from typing import Any

from rbacpsp import Cluster
from rbacpsp.auditlog.evidence import UsedGrants, rests_on_unused, with_usage
from rbacpsp.auditlog.reading import Reader
from rbacpsp.auditlog.record import Record
from rbacpsp.auditlog.usage import Usage
from rbacpsp.paths import parse_place
from rbacpsp.testing import ClusterBuilder
from tests.auditlog.events import event, lines, pods

SECRETS = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}


def cluster() -> Cluster:
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    return (
        ClusterBuilder()
        .role("secrets", SECRETS)
        .bind("secrets", "User/uma", "User/udo")
        .role("all", everything)
        .bind("all", "User/root")
        .build()
    )


def used(*, days: int) -> UsedGrants:
    reader = Reader(Record())
    secret: dict[str, Any] = pods("a") | {"resource": "secrets"}
    events = [
        event(user="uma", ref=secret, when="2026-10-01T10:00:00.000000Z"),
        event(user="uma", ref=secret, when=f"2026-10-{1 + days:02}T10:00:00.000000Z"),
    ]
    reader.read("log", "log", [lines(events)])
    return UsedGrants(Usage(cluster(), reader))


def severities_and_details(*, days: int) -> dict[str, tuple[str, str]]:
    result = with_usage(cluster().audit(), used(days=days))
    return {
        finding.subject.name: (finding.severity.value, finding.detail)
        for finding in result.findings
        if finding.subject and finding.rule.id == secret_rule()
    }


def secret_rule() -> str:
    return next(
        finding.rule.id
        for finding in cluster().audit().findings
        if finding.subject and finding.subject.name == "udo"
    )


def test_a_finding_names_recorded_use_and_a_short_log_changes_no_severity() -> None:
    before = {
        finding.subject.name: finding.severity.value
        for finding in cluster().audit().findings
        if finding.subject
    }
    result = severities_and_details(days=2)
    window = "2.0 days of log, 2026-10-01 to 2026-10-03, 1 gap above an hour, 2.0 days in all."
    assert result["udo"][0] == before["udo"]
    assert result["udo"][1].endswith(f"Nobody used it: {window}")
    assert result["uma"][1].endswith(f"Used 2 times, last 2026-10-03T10:00:00.000000Z; {window}")


def test_permissions_unused_in_a_long_log_are_one_severity_worse() -> None:
    short, long = severities_and_details(days=2), severities_and_details(days=30)
    order = ["critical", "high", "medium", "low", "info"]
    assert order.index(long["udo"][0]) == order.index(short["udo"][0]) - 1
    assert long["udo"][1].endswith("This raises its severity by one level.")
    assert long["uma"][0] == short["uma"][0]


def test_a_path_depends_on_unused_grants_if_nobody_used_any_of_them() -> None:
    ways = cluster().paths()
    unused = {
        path.start.words: rests_on_unused(path, used(days=30))
        for path in ways.to(parse_place("cluster-admin"))
    }
    assert unused["User/root"]

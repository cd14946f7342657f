"""Tests assertions that the audit has no such finding."""

from typing import Any

import pytest

from rbacpsp.testing import ClusterBuilder
from tests.assertions.put import put

ALL = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
READ = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}
CLUSTER = (
    ClusterBuilder()
    .namespace("shop")
    .role("all", ALL)
    .bind("all", "Group/admins")
    .role("keys", READ, namespace="shop")
    .bind("keys", "User/eve", namespace="shop")
    .build(kubernetes_version="1.30")
)


@pytest.mark.parametrize(
    ("wanted", "expected", "why"),
    [
        ({"rule": "RBP001", "subject": "User/*"}, "pass", ""),
        (
            {"rule": "RBP001"},
            "fail",
            "Group/admins: Full control by wildcard (RBP001, critical, whole cluster)",
        ),
        ({"severity": "critical", "subject": "Group/*"}, "fail", None),
        ({"severity": "critical", "namespace": "shop"}, "pass", ""),
        ({"rule": ["RBP010", "RBP001"], "namespace": "shop"}, "fail", None),
        ({"rule": "RBP999"}, "cannot be asked", 'unknown rule "RBP999"'),
        (
            {"rule": "RBP001", "subject": "ServiceAccount/shop:*"},
            "cannot be asked",
            "no object names a subject like ServiceAccount/shop:*",
        ),
        (
            {"rule": "RBP001", "namespace": "shp"},
            "cannot be asked",
            'there is no object in a namespace "shp"',
        ),
    ],
)
def test_assertions_about_missing_findings_pass_or_fail(
    wanted: dict[str, Any], expected: str, why: str | None
) -> None:
    result = put(CLUSTER, noFinding=wanted)
    assert result.result == expected
    assert why is None or result.why == why
    assert bool(result.findings) == bool(result.grants) == (expected == "fail")


def test_a_rule_may_be_named_by_its_name() -> None:
    by_id, by_name = (put(CLUSTER, noFinding={"rule": word}) for word in ("RBP001", "full-control"))
    assert (by_id.result, by_id.why, by_id.grants) == (by_name.result, by_name.why, by_name.grants)

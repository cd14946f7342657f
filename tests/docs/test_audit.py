"""Tests that docs/audit.md lists every rule and every step, and that its examples work."""

import re

from rbacpsp.audit import RULES, read_policy
from rbacpsp.decode import parse_yaml
from tests.docs import audit

TEXT = audit.PAGE.read_text(encoding="utf-8")


def test_its_tables_are_up_to_date() -> None:
    assert audit.page(TEXT) == TEXT, "run python -m tests.docs.audit"


def test_every_rule_is_listed_once() -> None:
    assert re.findall(r"^\| (RBP[0-9]+) ", TEXT, re.MULTILINE) == [
        *sorted(rule.id for rule in RULES),
        "RBP900",
    ]


def test_the_example_policy_is_valid() -> None:
    example = next(
        block for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if "AuditPolicy" in block
    )
    (value,) = parse_yaml(example)
    policy = read_policy(value)
    assert policy.disabled == {"RBP045"}
    assert [exception.scope for exception in policy.exceptions] == ["monitoring"]
    assert [rule.id for rule in policy.own] == ["ACME001"]

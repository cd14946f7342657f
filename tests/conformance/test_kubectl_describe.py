"""Compares descriptions with the recorded output of kubectl, byte for byte (see data/README.md)."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rbacpsp.model import ClusterRole, PodSecurityPolicy, Role
from rbacpsp.report.kubectl import can_i_list, describe_policy, describe_role, get_policies

DATA = Path(__file__).parent / "data" / "kubectl"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def without_nulls(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object as the API reads it: a null is an absent field."""
    return {key: value for key, value in pairs if value is not None}


def items(name: str) -> list[dict[str, Any]]:
    text = (DATA / name).read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text, object_pairs_hook=without_nulls)["items"]
    return found


POLICIES = {item["metadata"]["name"]: msgspec.convert(item, PodSecurityPolicy) for item in items("psps.json")}
ROLES: dict[tuple[str, str, str], Role | ClusterRole] = {
    (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]): (
        msgspec.convert(item, Role) if item["kind"] == "Role" else msgspec.convert(item, ClusterRole)
    )
    for item in items("rbac.json")
    if item["kind"] in {"Role", "ClusterRole"}
}


def identify(case: dict[str, Any]) -> str:
    return "-".join(case[key] or "" for key in ("kind", "user", "namespace", "name") if key in case)


@pytest.mark.parametrize("case", lines("describe-psp.jsonl"), ids=identify)
def test_a_policy_is_described_as_kubectl_describes_it(case: dict[str, Any]) -> None:
    assert describe_policy(POLICIES[case["name"]]) == case["stdout"]


@pytest.mark.parametrize("case", lines("describe-roles.jsonl"), ids=identify)
def test_a_role_is_described_as_kubectl_describes_it(case: dict[str, Any]) -> None:
    assert describe_role(ROLES[case["kind"], case["namespace"] or "", case["name"]]) == case["stdout"]


def test_policies_are_listed_as_kubectl_lists_them() -> None:
    recorded = (DATA / "get-psp.txt").read_text(encoding="utf-8")
    assert get_policies(POLICIES.values()) == recorded


ANSWERED = [case for case in lines("rules-review.jsonl") if isinstance(case["status"], dict)]
"""Three others are the server's refusal to review the rules of the anonymous user."""


def test_18_of_21_rules_reviews_are_answered() -> None:
    assert len(ANSWERED) == 18


@pytest.mark.parametrize("case", ANSWERED, ids=identify)
def test_a_rules_review_is_listed_as_kubectl_lists_it(case: dict[str, Any]) -> None:
    assert can_i_list(case["status"]) == case["kubectl_auth_can_i_list"]

"""Compares `rbacpsp can-i --list` with the recorded output of kubectl, including refusals."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rbacpsp.cli import main

DATA = Path(__file__).parent / "data" / "kubectl"
CASES = [json.loads(line) for line in (DATA / "rules-review.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['user']}-{case['namespace']}")
def test_the_list_of_a_user_equals_that_of_kubectl(case: dict[str, Any]) -> None:
    arguments = [
        "can-i",
        "--list",
        "--as",
        case["user"],
        "-n",
        case["namespace"],
        "-f",
        str(DATA / "rbac.json"),
    ]
    for group in case["groups"]:
        arguments += ["--as-group", group]
    result = CliRunner().invoke(main, arguments)
    assert result.stdout == case["kubectl_auth_can_i_list"]
    assert result.exit_code == (0 if isinstance(case["status"], dict) else 1)

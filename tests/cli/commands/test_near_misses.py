"""Tests subjects that are ambiguous or missing, and roleRefs to missing roles."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from rbacpsp.rbac.near import is_one_letter_apart
from rbacpsp.testing import binding, role, rule, service_account

Run = Callable[..., Result]
Write = Callable[[list[dict[str, Any]]], str]


LOOK = role("look", rule("get", "pods"))


def test_a_subject_that_a_binding_names_twice_is_shown_once(call: Run, write: Write) -> None:
    name = "User/system:serviceaccount:reef:web"
    web = binding("look", "ServiceAccount/reef:web", name, namespace="reef", kind="ClusterRole")
    web["subjects"].insert(1, {"kind": "ServiceAccount", "name": "web"})
    path = write([LOOK, web])
    assert call("lookup", "web", "-f", path).stdout == (
        "SUBJECT                   SCOPE   ROLE               VIA\n"
        "ServiceAccount/reef:web   reef    ClusterRole/look   by name\n"
    )
    assert len(json.loads(call("lookup", "web", "-o", "json", "-f", path).stdout)["items"]) == 1
    rows = call("who-can", "get", "pods", "-n", "reef", "-f", path).stdout.splitlines()
    assert len(rows) == len(set(rows))


def test_an_account_that_does_not_exist_is_marked(call: Run, write: Write) -> None:
    path = write(
        [
            LOOK,
            service_account("reef", "web"),
            service_account("cove", "wave"),
            binding(
                "look",
                "ServiceAccount/reef:web",
                "ServiceAccount/reef:wev",
                "ServiceAccount/reef:wave",
                "ServiceAccount/elsewhere:x",
            ),
        ]
    )
    assert [line.split("   ")[0] for line in call("lookup", "-f", path).stdout.splitlines()[1:]] == [
        "ServiceAccount/elsewhere:x",
        "ServiceAccount/reef:wave (no such account; ServiceAccount wave exists in namespace cove)",
        "ServiceAccount/reef:web",
        "ServiceAccount/reef:wev (no such account; ServiceAccount web has a similar name)",
    ]
    items = json.loads(call("lookup", "-o", "json", "-f", path).stdout)["items"]
    assert [item["subject"]["name"] for item in items if item.get("subjectMissing")] == ["wave", "wev"]


@pytest.mark.parametrize(
    ("roles", "near"),
    [
        ([role("api")], "ClusterRole api exists"),
        ([role("api", namespace="prod")], "Role api exists in namespace prod"),
        ([role("apis", namespace="dev")], "Role apis has a similar name"),
        ([role("pai", namespace="dev")], "Role pai has a similar name"),
        ([role("API", namespace="dev")], "Role API has a similar name"),
    ],
)
def test_similar_roles_of_a_wrong_role_ref_are_named(
    call: Run, write: Write, roles: list[dict[str, Any]], near: str
) -> None:
    path = write([*roles, binding("api", "ServiceAccount/dev:api", namespace="dev")])
    assert f"(not in these files; {near})" in call("lookup", "-f", path).stdout
    line = "can-i get services -n dev --as system:serviceaccount:dev:api --why"
    result = call(*line.split(), "-f", path)
    assert result.stderr == (
        f"RoleBinding api refers to Role api, which is not in these files: {near}.\n"
        "Kubernetes 1.37, assumed.\n"
    )
    assert json.loads(call("lookup", "-o", "json", "-f", path).stdout)["items"][0]["near"] == [near]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("viewer", "view", False),
        ("view", "vieww", True),
        ("view", "veiw", True),
        ("view", "View", True),
        ("view", "view", False),
        ("ab", "ac", False),
        ("admin", "admin", False),
        ("edit", "exit", True),
    ],
)
def test_names_one_letter_apart(first: str, second: str, expected: bool) -> None:
    assert is_one_letter_apart(first, second) is expected
    assert is_one_letter_apart(second, first) is expected

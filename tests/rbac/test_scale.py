"""The work of a decision follows what it finds, not the size of the cluster."""

from collections.abc import Callable
from typing import Any

import pytest

from rbacpsp.model import PolicyRule, Request, User
from rbacpsp.rbac import Authorizer, table

Load = Callable[[list[dict[str, Any]]], Authorizer]

MANY = 2_000
PODS = Request("get", resource="pods", name="n7", namespace="team-a")


def rule(resource: str, *names: str) -> dict[str, list[str]]:
    return {"verbs": ["get"], "apiGroups": [""], "resources": [resource], "resourceNames": list(names)}


def role(name: str, *rules: dict[str, list[str]]) -> dict[str, Any]:
    return {"kind": "ClusterRole", "metadata": {"name": name}, "rules": list(rules)}


def bind(name: str, ref: str, *users: str, namespace: str = "") -> dict[str, Any]:
    return {
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"kind": "ClusterRole", "name": ref},
        "subjects": [{"kind": "User", "name": user} for user in users],
    }


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rules were compared with a request one by one, a number for each role that was asked."""
    counts: list[int] = []
    original = table._allowing

    def counting(rules: tuple[PolicyRule, ...], question: table.PreparedRequest) -> list[int]:
        counts.append(len(rules))
        return original(rules, question)

    monkeypatch.setattr(table, "_allowing", counting)
    return counts


def test_a_role_of_many_rules_is_looked_up(load: Load, compared: list[int]) -> None:
    cluster = load([role("r", *(rule("pods", f"n{i}") for i in range(MANY))), bind("b", "r", "u")])
    assert [grant.rule_index for grant in cluster.authorize(User("u"), PODS).grants] == [7]
    assert len(cluster.who_can(PODS)) == 2
    assert compared == []


def test_a_user_of_many_bindings_is_asked_about_the_roles_that_allow_only(
    load: Load, compared: list[int]
) -> None:
    roles = [role(f"r{i}", rule("secrets" if i else "pods")) for i in range(MANY)]
    cluster = load([*roles, *(bind(f"b{i}", f"r{i}", "u") for i in range(MANY))])
    assert [grant.binding.name for grant in cluster.authorize(User("u"), PODS).grants] == ["b0"]
    assert sum(compared) == 1


def test_a_long_url_is_looked_up_without_all_of_its_beginnings(load: Load) -> None:
    roles = [role(f"r{i}", {"verbs": ["get"], "nonResourceURLs": [f"/a{i}/*", "/b"]}) for i in range(MANY)]
    cluster = load([*roles, *(bind(f"b{i}", f"r{i}", "u") for i in range(MANY))])
    url = "/a7/" + "x" * 1_000_000
    assert [
        grant.binding.name for grant in cluster.authorize(User("u"), Request("get", path=url)).grants
    ] == ["b7"]


def test_many_bindings_are_put_in_order_before_another_thread_may_use_them(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    roles = [role(f"r{i}", rule("secrets" if i else "pods")) for i in range(MANY)]
    bindings = [bind(f"b{i}", f"r{i}", "u") for i in range(MANY)]
    cluster = load([*roles, *reversed(bindings)])
    answers = []
    original = table.ByRole.add

    def interrupted(self: table.ByRole[object], role: table.RoleRules, item: object) -> None:
        monkeypatch.setattr(table.ByRole, "add", original)
        answers.append(cluster.authorize(User("u"), PODS).allowed)
        original(self, role, item)

    monkeypatch.setattr(table.ByRole, "add", interrupted)
    assert cluster.authorize(User("u"), PODS)
    assert answers == [True]


def test_many_bindings_of_others_are_never_looked_at(load: Load, compared: list[int]) -> None:
    roles = [role(f"r{i}", rule("pods")) for i in range(MANY)]
    others = (bind(f"b{i}", f"r{i}", f"u{i}", namespace="team-a") for i in range(MANY))
    cluster = load([*roles, *others])
    assert cluster.authorize(User("u5"), PODS)
    assert not cluster.authorize(User("nobody"), PODS)
    assert sum(compared) == 1


def test_a_namespace_of_many_roles_is_looked_up(load: Load, compared: list[int]) -> None:
    roles = [role(f"r{i}", rule("secrets" if i else "pods")) for i in range(MANY)]
    cluster = load([*roles, *(bind(f"b{i}", f"r{i}", f"u{i}", namespace="team-a") for i in range(MANY))])
    assert [subject.name for subject in cluster.who_can(PODS).subjects] == ["system:masters", "u0"]
    assert sum(compared) == 0

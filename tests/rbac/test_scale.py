"""Tests that the work of a decision depends on its result, not on the size of the cluster."""

from collections.abc import Callable
from typing import Any

import pytest

from rbacpsp.model import PolicyRule, Request, Role, User
from rbacpsp.rbac import Authorizer, table
from rbacpsp.testing import role, rule

Load = Callable[[list[dict[str, Any]]], Authorizer]

MANY = 2_000
PODS = Request("get", resource="pods", name="n7", namespace="team-a")


def bind(name: str, ref: str, *users: str, namespace: str = "") -> dict[str, Any]:
    return {
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"kind": "ClusterRole", "name": ref},
        "subjects": [{"kind": "User", "name": user} for user in users],
    }


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rules were compared one by one with a request, for each examined role."""
    counts: list[int] = []
    original = table.allowing_rules

    def counting(rules: tuple[PolicyRule, ...], question: table.PreparedRequest) -> list[int]:
        counts.append(len(rules))
        return original(rules, question)

    monkeypatch.setattr(table, "allowing_rules", counting)
    return counts


def test_a_role_of_many_rules_is_looked_up(load: Load, compared: list[int]) -> None:
    cluster = load(
        [role("r", *(rule("get", "pods", names=f"n{i}") for i in range(MANY))), bind("b", "r", "u")]
    )
    assert [grant.rule_index for grant in cluster.authorize(User("u"), PODS).grants] == [7]
    assert len(cluster.who_can(PODS)) == 2
    assert compared == []


def test_for_a_user_of_many_bindings_only_the_roles_that_allow_are_checked(
    load: Load, compared: list[int]
) -> None:
    roles = [role(f"r{i}", rule("get", "secrets" if i else "pods")) for i in range(MANY)]
    cluster = load([*roles, *(bind(f"b{i}", f"r{i}", "u") for i in range(MANY))])
    assert [grant.binding.name for grant in cluster.authorize(User("u"), PODS).grants] == ["b0"]
    assert sum(compared) == 1


def test_a_long_url_is_looked_up_without_trying_every_prefix(load: Load) -> None:
    roles = [role(f"r{i}", {"verbs": ["get"], "nonResourceURLs": [f"/a{i}/*", "/b"]}) for i in range(MANY)]
    cluster = load([*roles, *(bind(f"b{i}", f"r{i}", "u") for i in range(MANY))])
    url = "/a7/" + "x" * 1_000_000
    assert [
        grant.binding.name for grant in cluster.authorize(User("u"), Request("get", path=url)).grants
    ] == ["b7"]


def test_many_bindings_are_put_in_order_before_another_thread_may_use_them(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    roles = [role(f"r{i}", rule("get", "secrets" if i else "pods")) for i in range(MANY)]
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
    roles = [role(f"r{i}", rule("get", "pods")) for i in range(MANY)]
    others = (bind(f"b{i}", f"r{i}", f"u{i}", namespace="team-a") for i in range(MANY))
    cluster = load([*roles, *others])
    assert cluster.authorize(User("u5"), PODS)
    assert not cluster.authorize(User("nobody"), PODS)
    assert sum(compared) == 1


def test_a_namespace_of_many_roles_is_looked_up(load: Load, compared: list[int]) -> None:
    roles = [role(f"r{i}", rule("get", "secrets" if i else "pods")) for i in range(MANY)]
    cluster = load([*roles, *(bind(f"b{i}", f"r{i}", f"u{i}", namespace="team-a") for i in range(MANY))])
    assert [subject.name for subject in cluster.who_can(PODS).subjects] == ["system:masters", "u0"]
    assert sum(compared) == 0


def test_a_question_about_all_namespaces_resolves_only_the_roles_that_allow(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    def local(number: int) -> list[dict[str, Any]]:
        result = {"name": "r", "namespace": f"n{number}"}
        held = {"kind": "Role", "metadata": result, "rules": [rule("get", "secrets" if number else "pods")]}
        bound = bind("b", "r", "u", namespace=f"n{number}")
        return [held, bound | {"roleRef": {"kind": "Role", "name": "r"}}]

    cluster = load([each for number in range(MANY) for each in local(number)])
    resolved = []
    original = table.RoleRules

    def counting(role: Role, **options: Any) -> Any:
        resolved.append(role.namespace)
        return original(role, **options)

    monkeypatch.setattr("rbacpsp.rbac.role_refs.RoleRules", counting)
    assert [grant.scope for access in cluster.who_can_anywhere(PODS) for grant in access.grants] == ["n0"]
    assert resolved == ["n0"]


def test_further_questions_about_namespaces_are_answered_as_the_first(load: Load) -> None:
    bindings = [bind("b", "r", f"u{number}", namespace=f"n{number}") for number in range(9)]
    cluster = load([role("r", rule("get", "pods", names="n7")), *bindings])
    for number in (*range(9), 4, 0):
        for user in range(9):
            request = Request("get", resource="pods", name="n7", namespace=f"n{number}")
            assert bool(cluster.authorize(User(f"u{user}"), request)) == (user == number)
    assert not cluster.authorize(User("u1"), Request("get", resource="pods", name="n7", namespace="absent"))

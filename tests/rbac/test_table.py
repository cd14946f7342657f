"""Tests that a table of rules finds the rules that allow a request, also those with many combinations."""

import msgspec
import pytest

from rbacpsp.model import ClusterRole, Request
from rbacpsp.rbac import table
from rbacpsp.rbac.table import PreparedRequest, RoleRules, RuleTable
from rbacpsp.testing import role, rule


def rules_of(name: str, *rules: dict[str, list[str]]) -> RoleRules:
    return RoleRules(msgspec.convert(role(name, *rules), ClusterRole))


READS = rules_of(
    "reads",
    rule("get", "pods"),
    rule("get list watch", "pods services"),
    rule("get list watch", "secrets services"),
    rule("get", "pods", names="web"),
)
WRITES = rules_of("writes", rule("create update delete", "pods services"), rule("create", "pods"))


@pytest.mark.parametrize("wide", [0, 1, 3, 6, 10_000])
@pytest.mark.parametrize(
    ("request_", "reading", "writing"),
    [
        (Request("get", resource="pods"), [0, 1], []),
        (Request("get", resource="pods", name="web"), [0, 1, 3], []),
        (Request("watch", resource="services"), [1, 2], []),
        (Request("create", resource="pods"), [], [0, 1]),
        (Request("delete", resource="services"), [], [0]),
        (Request("delete", resource="secrets"), [], []),
    ],
)
def test_a_request_is_allowed_by_the_same_rules_however_many_combinations_each_has(
    monkeypatch: pytest.MonkeyPatch, wide: int, request_: Request, reading: list[int], writing: list[int]
) -> None:
    monkeypatch.setattr(table, "WIDE", wide)
    rules, question = RuleTable([READS, WRITES]), PreparedRequest(request_)
    assert rules.indexes(READS, question) == reading
    assert rules.indexes(WRITES, question) == writing
    allowing = {each.role.name for each in rules.roles(question)}
    assert allowing == ({"reads"} if reading else set()) | ({"writes"} if writing else set())


@pytest.mark.parametrize(
    ("path", "indexes"),
    [("/healthz", [0, 2]), ("/logs/a", [1, 2]), ("/logs", [2]), ("/log", [2]), ("/healthz/a", [2])],
)
def test_a_url_is_allowed_by_itself_and_by_each_prefix(path: str, indexes: list[int]) -> None:
    urls = rules_of(
        "urls", rule("get", urls="/healthz /metrics"), rule("get head", urls="/logs/*"), rule("*", urls="*")
    )
    assert RuleTable([urls]).indexes(urls, PreparedRequest(Request("get", path=path))) == indexes
    assert RuleTable([urls]).indexes(urls, PreparedRequest(Request("post", path=path))) == [2]

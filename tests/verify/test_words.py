"""Tests which reasons of a server mean the same, and which authorizer wrote them."""

import pytest

from rbacpsp.verify.ask import from_rbac, same_words

MISSING = 'role.rbac.authorization.k8s.io "a" not found'
OTHER = 'role.rbac.authorization.k8s.io "b" not found'


@pytest.mark.parametrize(
    ("words", "rbacs"),
    [
        ("", True),
        (f"RBAC: {MISSING}", True),
        (f"rbac: RBAC: {MISSING}", True),
        ("the webhook likes you", False),
        ("node: unknown node", False),
    ],
)
def test_a_reason_that_does_not_begin_with_rbac_is_of_another_authorizer(words: str, rbacs: bool) -> None:
    assert from_rbac(words) is rbacs


@pytest.mark.parametrize("head", ["RBAC: ", "rbac: RBAC: "])
def test_errors_in_brackets_may_come_in_any_order(head: str) -> None:
    assert same_words(f"{head}[{MISSING}, {OTHER}]", f"{head}[{OTHER}, {MISSING}]")
    assert not same_words(f"{head}[{MISSING}, {OTHER}]", f"{head}[{MISSING}]")

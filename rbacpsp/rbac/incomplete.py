"""Adds to an answer the parts of the cluster that could not be read."""

from typing import TypeVar

from msgspec import structs

from rbacpsp.rbac.decision import Decision
from rbacpsp.rbac.rules import RuleSet
from rbacpsp.rbac.who_can import WhoCan

Answer = TypeVar("Answer", Decision, WhoCan, RuleSet)


def with_unread(answer: Answer, unread: tuple[str, ...]) -> Answer:
    """An answer with one sentence for each unread part of the cluster that could change it."""
    return structs.replace(answer, incomplete=unread) if unread else answer

"""Adds to an answer what could not be read of the cluster."""

from typing import TypeVar

from msgspec import structs

from rbacpsp.rbac.decision import Decision
from rbacpsp.rbac.rules import RuleSet
from rbacpsp.rbac.who_can import WhoCan

Answer = TypeVar("Answer", Decision, WhoCan, RuleSet)


def with_unread(answer: Answer, unread: tuple[str, ...]) -> Answer:
    """An answer with what could not be read and could change it, a sentence each."""
    return structs.replace(answer, incomplete=unread) if unread else answer

"""Hides Kubernetes' own components in lists, since every server has many of them."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.model import ClusterRoleBinding, RoleBinding, Subject
from rbacpsp.model.request import ALL_AUTHENTICATED, ALL_SERVICE_ACCOUNTS, ALL_UNAUTHENTICATED, MASTERS

if TYPE_CHECKING:
    from rbacpsp.catalog.bootstrap_objects import Bootstrap

Binding = RoleBinding | ClusterRoleBinding

_NO_COMPONENTS = frozenset({MASTERS, ALL_AUTHENTICATED, ALL_UNAUTHENTICATED, ALL_SERVICE_ACCOUNTS})
"""Groups in Kubernetes' own bindings whose members are users, not components."""

include_system_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--include-system",
    is_flag=True,
    help="List Kubernetes' own components too, instead of only counting them.",
)
"""`--include-system`; the command gets `include_system`."""


@cache
def _bootstrap() -> "Bootstrap":
    from rbacpsp.catalog.bootstrap_objects import Bootstrap

    return Bootstrap()


def is_system_subject(binding: Binding, subject: Subject) -> bool:
    """Whether a subject is one of Kubernetes' own components, bound as Kubernetes or kubeadm binds it."""
    if subject.kind == "Group" and subject.name in _NO_COMPONENTS:
        return False
    return _bootstrap().subject(binding, subject)


def omitted_line(number: int, what: str = "of Kubernetes' own components") -> str:
    """The last line of a list that leaves entries out; empty if it leaves out none."""
    return f"and {number} {what}: --include-system lists them" if number else ""

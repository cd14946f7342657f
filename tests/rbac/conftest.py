"""Fixtures for the tests of access."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    Document,
    Objects,
    Role,
    RoleBinding,
    ServiceAccount,
)
from rbacpsp.rbac import Authorizer

KINDS: dict[str, Any] = {
    kind.__name__: kind for kind in (ClusterRole, ClusterRoleBinding, Role, RoleBinding, ServiceAccount)
}
Load = Callable[[list[dict[str, Any]]], Authorizer]


def load_items(items: list[dict[str, Any]]) -> Authorizer:
    objects = Objects()
    document = Document("test")
    for item in items:
        objects.add(msgspec.convert(item, KINDS[item["kind"]]), document)
    return Authorizer(objects)


@pytest.fixture(scope="session")
def load() -> Load:
    """Makes an authorizer of objects as the API writes them."""
    return load_items

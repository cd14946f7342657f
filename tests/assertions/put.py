"""Runs one assertion on a cluster."""

from typing import Any

import rbacpsp
from rbacpsp import Cluster, User
from rbacpsp.assertions import AccessTestResult


def put(
    cluster: Cluster, *, include_system: bool = False, live: User | None = None, **fields: Any
) -> AccessTestResult:
    """The result of an assertion with these keys."""
    body = {"apiVersion": "rbacpsp.io/v1", "kind": "AccessTest", "assertions": [{"name": "n", **fields}]}
    [found] = rbacpsp.test(cluster, body, include_system=include_system, live=live).items
    return found

"""Tests `Cluster.submit` of updates, and the notes of `preflight` about objects that may already exist."""

from typing import Any

import pytest

from rbacpsp import Cluster, User
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import ClusterBuilder, binding, role, rule

RBAC = "rbac.authorization.k8s.io"
DANA = User.impersonate("dana")
SECRETS = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}


def test_the_finalizers_of_a_role_may_be_changed_by_a_user_that_does_not_hold_its_rules() -> None:
    writes = {"verbs": ["update"], "apiGroups": [RBAC], "resources": ["roles"]}
    builder = ClusterBuilder().namespace("x").role("writes", writes, namespace="x")
    cluster = builder.bind("writes", "User/dana", namespace="x").build()
    stored = role("r", SECRETS, namespace="x")

    def refused(new: JSONObject, old: JSONObject | None) -> str | None:
        return cluster.submit(new, user=DANA, operation="UPDATE", old=old).refused_by

    labeled, kept = (
        {**stored, "metadata": {**stored["metadata"], **metadata}}
        for metadata in ({"labels": {"a": "b"}}, {"finalizers": ["x.io/a"]})
    )
    assert refused(kept, stored) is None
    assert refused(labeled, stored) == "rbac"
    assert refused(role("r", SECRETS | {"verbs": ["list"]}, namespace="x"), stored) == "rbac"
    assert refused(kept, None) == "rbac"


@pytest.mark.parametrize(
    ("verbs", "may"),
    [("get create", "may not"), ("get create patch", "may"), ("get patch", "may")],
)
def test_the_note_of_an_object_that_may_exist_says_whether_its_writer_may_patch_it(
    verbs: str, may: str
) -> None:
    held = rule(verbs, "leases", "coordination.k8s.io")
    cluster = Cluster.from_objects([role("some", held), binding("some", "User/dana")])
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}}
    (row,) = cluster.preflight([lease], DANA).rows
    assert row.note == (f"it is unknown whether it already exists; if so, it is patched, which dana {may} do")


@pytest.mark.parametrize(
    ("verbs", "verb", "allowed"),
    [("get create", "create", True), ("get", "create", False), ("create", "get", False), ("", "get", False)],
)
def test_the_first_refused_request_decides_else_the_last_one(verbs: str, verb: str, allowed: bool) -> None:
    held: Any = [rule(verbs, "configmaps")] if verbs else []
    cluster = Cluster.from_objects([role("some", *held), binding("some", "User/dana")])
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    (row,) = cluster.preflight([config], DANA).rows
    assert row.decision is not None
    assert (row.decision.request.verb, row.decision.allowed) == (verb, allowed)

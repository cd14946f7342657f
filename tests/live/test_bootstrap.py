"""Compares the recorded bootstrap objects of a release with those of a real server."""

from typing import Any

import msgspec
import pytest

from rbacpsp.catalog.bootstrap import bootstrap_namespaces, bootstrap_policy
from rbacpsp.model import Version
from tests.live.server import ApiServer

GROUP = "/apis/rbac.authorization.k8s.io/v1"
PLURALS = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "Role": "roles",
    "RoleBinding": "rolebindings",
}
MARK = "kubernetes.io/bootstrapping"
"""The label of what the server makes itself; other tests of the session make more objects."""

pytestmark = pytest.mark.live


def stored_objects(server: ApiServer, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = server.request("GET", path)["items"]
    return items


def content(obj: dict[str, Any], *, rules: bool) -> dict[str, Any]:
    """The content of a role or binding, without empty fields."""
    metadata = obj["metadata"]
    named = {key: metadata.get(key) or {} for key in ("labels", "annotations")}
    fields = ("roleRef", "subjects", "aggregationRule", *(["rules"] if rules else []))
    return named | {field: obj[field] for field in fields if obj.get(field)}


@pytest.mark.parametrize("kind", list(PLURALS))
def test_the_server_holds_the_recorded_roles_and_bindings_and_no_others(server: ApiServer, kind: str) -> None:
    version = Version.parse(server.release)
    recorded = {
        (obj.namespace, obj.name): content(
            msgspec.json.decode(msgspec.json.encode(obj)), rules=not getattr(obj, "aggregation_rule", None)
        )
        for obj in bootstrap_policy(version)
        if obj.kind == kind
    }
    result = {
        (obj["metadata"].get("namespace", ""), obj["metadata"]["name"]): content(
            obj, rules=not obj.get("aggregationRule")
        )
        for obj in stored_objects(server, f"{GROUP}/{PLURALS[kind]}")
        if MARK in (obj["metadata"].get("labels") or {})
    }
    assert recorded
    assert result == recorded


def test_the_server_holds_the_recorded_namespaces(server: ApiServer) -> None:
    result = {
        each["metadata"]["name"]: each["metadata"].get("labels")
        for each in stored_objects(server, "/api/v1/namespaces")
    }
    for namespace in bootstrap_namespaces(Version.parse(server.release)):
        assert result[namespace.name] == dict(namespace.metadata.labels)

"""Tests that events of an audit log are read as the refusals that they record."""

import json
from typing import Any

import pytest

from rbacpsp.admission.refusals import read_refusals
from rbacpsp.admission.refusals.access import AccessRefusal
from rbacpsp.decode.passages import passages
from rbacpsp.model import Request

FORBIDDEN = {"authorization.k8s.io/decision": "forbid", "authorization.k8s.io/reason": ""}
SCALER = "system:serviceaccount:shop:scaler"
EVENT: dict[str, Any] = {
    "kind": "Event",
    "apiVersion": "audit.k8s.io/v1",
    "level": "Metadata",
    "requestURI": "/apis/apps/v1/namespaces/shop/deployments/web/scale",
    "verb": "patch",
    "user": {"username": SCALER, "groups": ["system:serviceaccounts", "system:authenticated"]},
    "objectRef": {
        "resource": "deployments",
        "namespace": "shop",
        "name": "web",
        "apiGroup": "apps",
        "subresource": "scale",
    },
    "responseStatus": {"metadata": {}, "code": 403},
    "annotations": FORBIDDEN,
}
REQUEST = Request(
    "patch", group="apps", resource="deployments", subresource="scale", name="web", namespace="shop"
)


def read(*events: dict[str, Any]) -> list[AccessRefusal]:
    refusals = read_refusals(passages("\n".join(map(json.dumps, events)))).refusals
    return [each for each in refusals if isinstance(each, AccessRefusal)]


def test_an_event_without_a_message_is_read_by_its_fields() -> None:
    (found,) = read(EVENT)
    assert (found.user, found.request) == (SCALER, REQUEST)
    assert found.groups == ("system:serviceaccounts", "system:authenticated")


def test_the_request_of_an_audit_event_has_its_groups() -> None:
    message = (
        f'deployments.apps "web" is forbidden: User "{SCALER}" cannot patch resource "deployments/scale" in '
    )
    message += 'API group "apps" in the namespace "shop"'
    (found,) = read({**EVENT, "responseStatus": {"code": 403, "message": message}})
    assert (found.user, found.request) == (SCALER, REQUEST)
    assert (found.about.user, found.about.groups) == (
        SCALER,
        ("system:serviceaccounts", "system:authenticated"),
    )


def test_the_refused_user_is_the_impersonated_one() -> None:
    (found,) = read({**EVENT, "impersonatedUser": {"username": "jane", "groups": ["dev"]}})
    assert (found.user, found.groups) == ("jane", ("dev",))


def test_a_path_and_an_object_of_the_whole_cluster_are_read() -> None:
    health = {**EVENT, "verb": "get", "requestURI": "/healthz?verbose", "objectRef": None}
    nodes = {**EVENT, "verb": "list", "objectRef": {"resource": "nodes"}}
    assert [each.request for each in read(health, nodes)] == [
        Request("get", path="/healthz"),
        Request("list", resource="nodes"),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"annotations": {"authorization.k8s.io/decision": "allow"}},
        {"annotations": {}, "responseStatus": {"code": 201}},
    ],
)
def test_an_allowed_request_is_not_a_refusal(changes: dict[str, Any]) -> None:
    assert read({**EVENT, **changes}) == []

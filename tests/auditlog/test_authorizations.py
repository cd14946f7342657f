"""Tests that an event is converted to the request that the authorizer decided."""

from pathlib import Path
from typing import Any

import pytest

from rbacpsp.auditlog.authorizations import AuthorizationRequest
from rbacpsp.auditlog.requests import requests_of
from rbacpsp.model import Request
from tests.auditlog.events import event, lines, pods, read

SHOP = "/api/v1/namespaces/shop/pods"
UMA = ("uma", ("system:authenticated",))


def decided_requests(folder: Path, *events: dict[str, Any]) -> list[AuthorizationRequest]:
    return list(requests_of(read(folder, lines(events)).record).allowed)


@pytest.mark.parametrize(
    ("verb", "ref", "uri", "expected"),
    [
        ("get", pods("web"), f"{SHOP}/web", Request("get", resource="pods", name="web", namespace="shop")),
        ("create", pods("web"), f"{SHOP}?dryRun=All", Request("create", resource="pods", namespace="shop")),
        ("create", pods("web"), "", Request("create", resource="pods", namespace="shop")),
        (
            "create",
            pods("web", subresource="eviction"),
            f"{SHOP}/web/eviction",
            Request("create", resource="pods", subresource="eviction", name="web", namespace="shop"),
        ),
        (
            "deletecollection",
            pods("web"),
            f"{SHOP}?fieldSelector=metadata.name%3Dweb",
            Request("deletecollection", resource="pods", namespace="shop"),
        ),
        (
            "list",
            pods(),
            f"{SHOP}?fieldSelector=status.phase%3DRunning%2Cmetadata.name%3Dweb&limit=5",
            Request("list", resource="pods", name="web", namespace="shop"),
        ),
        (
            "watch",
            pods(),
            f"{SHOP}?watch=true&fieldSelector=metadata.name%3D%3Dweb",
            Request("watch", resource="pods", name="web", namespace="shop"),
        ),
        (
            "list",
            pods(),
            f"{SHOP}?fieldSelector=metadata.name%21%3Dweb",
            Request("list", resource="pods", namespace="shop"),
        ),
        (
            "list",
            pods(),
            f"{SHOP}?fieldSelector=metadata.name%3Da%2Fb",
            Request("list", resource="pods", namespace="shop"),
        ),
        (
            "list",
            pods(),
            f"{SHOP}?fieldSelector=metadata.names%3Dx",
            Request("list", resource="pods", namespace="shop"),
        ),
        ("get", None, "/healthz/etcd?verbose", Request("get", path="/healthz/etcd")),
        ("get", None, "/logs/a%20b", Request("get", path="/logs/a b")),
        (
            "create",
            {"resource": "subjectaccessreviews", "apiGroup": "authorization.k8s.io", "namespace": "body"},
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            Request("create", group="authorization.k8s.io", resource="subjectaccessreviews"),
        ),
    ],
)
def test_a_request_has_the_attributes_that_the_authorizer_received(
    tmp_path: Path, verb: str, ref: dict[str, Any] | None, uri: str, expected: Request
) -> None:
    assert [each.request for each in decided_requests(tmp_path, event(verb, ref=ref, uri=uri))] == [expected]


def impersonated(username: str, groups: list[str], **more: Any) -> dict[str, Any]:
    return {"impersonatedUser": {"username": username, "groups": groups, **more}}


def test_an_impersonated_event_is_a_request_of_the_other_and_one_to_impersonate(tmp_path: Path) -> None:
    result = decided_requests(
        tmp_path, event(ref=pods("web"), **impersonated("udo", ["red", "system:authenticated"]))
    )
    assert result == [
        AuthorizationRequest("udo", ("red", "system:authenticated"), "get", "", "pods", "", "shop", "web"),
        AuthorizationRequest(*UMA, "impersonate", "", "users", "", "", "udo"),
        AuthorizationRequest(*UMA, "impersonate", "", "groups", "", "", "red"),
    ]


def test_the_groups_of_a_service_account_need_no_permission(tmp_path: Path) -> None:
    groups = ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"]
    result = decided_requests(
        tmp_path, event(ref=pods(), **impersonated("system:serviceaccount:shop:web", groups))
    )
    assert result[1:] == [AuthorizationRequest(*UMA, "impersonate", "", "serviceaccounts", "", "shop", "web")]


def test_a_uid_and_extra_values_are_impersonated_as_well(tmp_path: Path) -> None:
    other = impersonated("udo", ["system:authenticated"], uid="7", extra={"scopes": ["view", "edit"]})
    home = "authentication.k8s.io"
    assert decided_requests(tmp_path, event(ref=pods(), **other))[2:] == [
        AuthorizationRequest(*UMA, "impersonate", home, "uids", "", "", "7"),
        AuthorizationRequest(*UMA, "impersonate", home, "userextras", "scopes", "", "view"),
        AuthorizationRequest(*UMA, "impersonate", home, "userextras", "scopes", "", "edit"),
    ]


def test_constrained_impersonation_has_its_own_verbs(tmp_path: Path) -> None:
    constraint: dict[str, Any] = {
        "authenticationMetadata": {"impersonationConstraint": "impersonate:user-info"}
    }
    home = "authentication.k8s.io"
    result = decided_requests(
        tmp_path, event("list", ref=pods(), **impersonated("udo", ["system:authenticated"]), **constraint)
    )
    assert result[1:] == [
        AuthorizationRequest(*UMA, "impersonate:user-info", home, "users", "", "", "udo"),
        AuthorizationRequest(*UMA, "impersonate-on:user-info:list", "", "pods", "", "shop"),
    ]


def test_a_refused_request_of_an_impersonated_user_was_an_allowed_impersonation(tmp_path: Path) -> None:
    other = impersonated("udo", ["system:authenticated"])
    result = requests_of(read(tmp_path, lines([event(ref=pods(), decision="forbid", **other)])).record)
    assert [each.user for each in result.denied] == ["udo"]
    assert [(each.user, each.verb) for each in result.allowed] == [("uma", "impersonate")]

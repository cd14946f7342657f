"""Tests that users and requests are read from a SubjectAccessReview."""

from collections.abc import Callable
from typing import Any

import pytest

from rbacpsp.model import Request, User, Version


@pytest.mark.parametrize(
    ("name", "groups", "expected"),
    [
        ("alice", (), ("system:authenticated",)),
        ("alice", ("dev",), ("dev", "system:authenticated")),
        ("alice", ("system:unauthenticated",), ("system:unauthenticated",)),
        ("system:anonymous", (), ("system:unauthenticated",)),
        ("system:anonymous", ("system:authenticated",), ("system:authenticated", "system:unauthenticated")),
        (
            "system:serviceaccount:ns:sa",
            (),
            ("system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"),
        ),
        ("system:serviceaccount:ns:sa", ("dev",), ("dev", "system:authenticated")),
        ("system:serviceaccount:NS:sa", (), ("system:authenticated",)),
    ],
)
def test_impersonation_adds_the_groups_that_the_server_adds(
    name: str, groups: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert User.impersonate(name, groups).groups == expected


def test_a_request_is_read_from_either_kind_of_attributes() -> None:
    attributes = {"verb": "get", "resource": "pods", "subresource": "log", "namespace": "x", "name": None}
    assert Request.from_attributes(attributes) == Request(
        "get", resource="pods", subresource="log", namespace="x"
    )
    assert Request.from_attributes({"nonResourceAttributes": {"verb": "get"}}) == Request("get", path="")


def test_null_attributes_count_as_absent() -> None:
    spec = {"resourceAttributes": {"verb": "get", "resource": "pods"}, "nonResourceAttributes": None}
    assert Request.from_attributes(spec) == Request("get", resource="pods")
    assert Request.from_attributes({"verb": "get", "resource": "pods", "path": None}) == Request(
        "get", resource="pods"
    )


def test_a_path_among_the_attributes_of_a_resource_is_refused_and_skipped_in_a_review() -> None:
    spec = {"resourceAttributes": {"verb": "get", "resource": "pods", "path": "/healthz"}}
    assert Request.from_review(spec) == Request("get", resource="pods")
    with pytest.raises(ValueError, match='unknown attribute "path" of a request'):
        Request.from_attributes(spec)


@pytest.mark.parametrize("key", ["group", "resource", "subresource", "name", "namespace"])
def test_a_path_and_an_attribute_of_a_resource_exclude_each_other(key: str) -> None:
    with pytest.raises(ValueError, match=f"path and {key} exclude each other"):
        Request.from_attributes({"verb": "get", "path": "/healthz", key: "x"})
    assert Request.from_attributes({"verb": "get", "path": "/healthz", key: ""}) == Request(
        "get", path="/healthz"
    )


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        (
            {"resourceAttributes": {"verb": "get"}, "nonResourceAttributes": {"verb": "get"}},
            "resourceAttributes and nonResourceAttributes exclude each other",
        ),
        (
            {"user": "alice", "resourceAttributes": None},
            "one of resourceAttributes and nonResourceAttributes must be given",
        ),
        ({"resourceAttributes": [1]}, "the attributes must be an object"),
        ({"user": "alice"}, "there is no verb, resource or path"),
        ({"verb": "get", "name": 5}, "name must be a string, not 5"),
    ],
)
def test_attributes_that_describe_no_request_are_refused(attributes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Request.from_attributes(attributes)


@pytest.mark.parametrize("make", [User, User.impersonate])
def test_a_string_is_refused_as_a_list_of_groups(make: Callable[..., User]) -> None:
    with pytest.raises(TypeError, match=r"such as \('dev',\), not one string"):
        make("alice", "dev")


@pytest.mark.parametrize("text", ["1.24", "v1.24.17", "v1.24.17-eks-2d98532", "1.24+"])
def test_a_version_is_read_in_any_of_its_spellings(text: str) -> None:
    assert Version.parse(text) == (1, 24)


def test_an_invalid_version_is_refused_with_an_example() -> None:
    with pytest.raises(
        ValueError, match=r'"latest" is not a Kubernetes version: write it as 1.24 or v1.24.17'
    ):
        Version.parse("latest")


@pytest.mark.parametrize("attributes", [None, [], "get pods"])
def test_attributes_that_are_not_an_object_are_an_error(attributes: Any) -> None:
    with pytest.raises(ValueError, match="the attributes must be an object"):
        Request.from_attributes(attributes)

"""Users and requests are what a SubjectAccessReview says."""

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


@pytest.mark.parametrize("text", ["1.24", "v1.24.17", "v1.24.17-eks-2d98532", "1.24+"])
def test_a_version_is_read_in_any_of_its_spellings(text: str) -> None:
    assert Version.parse(text) == (1, 24)


def test_a_text_that_is_no_version_is_refused_with_an_example() -> None:
    with pytest.raises(
        ValueError, match=r'"latest" is not a Kubernetes version: write it as 1.24 or v1.24.17'
    ):
        Version.parse("latest")

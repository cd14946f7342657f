"""Compares the namespace of permission checks with a naive reading of request URLs."""

from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.catalog import Catalog
from rbacpsp.catalog.placement import (
    ASKED_IN_NAMESPACES,
    alternatives,
    as_sent,
    carries_no_name,
    names_within,
)
from rbacpsp.model import Request, Version

CATALOG = Catalog.for_version(Version(1, 24))
RESOURCES = sorted(
    {(each.group, each.name, each.namespaced) for each in CATALOG.resources if not each.subresource}
)
VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]


def url(verb: str, resource: str, *, namespaced: bool, namespace: str, name: str) -> str:
    """The path of a client's request according to the API's documentation."""
    within = f"/namespaces/{namespace}" if namespaced and namespace else ""
    named = verb not in {"list", "watch", "create", "deletecollection"} and name
    return f"/api/v1{within}/{resource}" + (f"/{name}" if named else "")


def namespace_in(path: str) -> str:
    """The namespace that the server reads from a path: the segment after `namespaces`."""
    parts = path.removeprefix("/api/v1/").split("/")
    return parts[1] if parts[0] == "namespaces" and len(parts) > 1 else ""


@given(
    st.sampled_from(RESOURCES), st.sampled_from(VERBS), st.sampled_from(["", "a"]), st.sampled_from(["", "x"])
)
def test_a_request_has_the_namespace_of_its_url(
    resource: tuple[str, str, bool], verb: str, namespace: str, name: str
) -> None:
    group, plural, namespaced = resource
    request = Request(verb, group=group, resource=plural, namespace=namespace, name=name)
    path = url(verb, plural, namespaced=namespaced, namespace=namespace, name=name)
    assert as_sent(request, namespaced=namespaced).namespace == namespace_in(path)


def test_reviews_of_the_server_keep_the_namespace() -> None:
    for verb, group, resource in ASKED_IN_NAMESPACES:
        request = Request(verb, group=group, resource=resource, namespace="a")
        assert as_sent(request, namespaced=False) == request
        assert names_within((group, resource, "", verb), (), "a", None) == ()


def test_a_role_binding_grants_its_own_namespace_object_by_name() -> None:
    namespaces = CATALOG.by_group_resource["", "namespaces"]
    assert names_within(("", "namespaces", "", "get"), (), "a", namespaces) == ("a",)
    assert names_within(("", "namespaces", "", "get"), ("a", "b"), "a", namespaces) == ("a",)
    assert names_within(("", "namespaces", "", "get"), ("b",), "a", namespaces) is None
    assert names_within(("", "namespaces", "", "list"), (), "a", namespaces) is None
    assert names_within(("", "namespaces", "status", "update"), (), "a", namespaces) == ("a",)
    assert names_within(("", "nodes", "", "get"), (), "a", CATALOG.by_group_resource["", "nodes"]) is None
    assert (
        names_within(("", "users", "", "impersonate"), (), "a", CATALOG.by_group_resource["", "users"])
        is None
    )


def test_some_requests_carry_no_name_and_some_names_match_a_domain() -> None:
    assert carries_no_name(Request("create", resource="pods"))
    assert carries_no_name(Request("deletecollection", resource="pods"))
    assert not carries_no_name(Request("create", resource="pods", subresource="exec"))
    assert not carries_no_name(Request("create", path="/x"))
    signer = Request("approve", group="certificates.k8s.io", resource="signers", name="a.io/b")
    assert [alternative.name for alternative in alternatives(signer)] == ["a.io/b", "a.io/*"]
    assert len(alternatives(Request("get", resource="pods", name="a/b"))) == 1

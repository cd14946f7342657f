"""Tests which review objects are refused and why, and the content of answers."""

from typing import Any

import pytest

from rbacpsp import Cluster, User
from rbacpsp.admission.json_patch import json_patch
from rbacpsp.testing import ClusterBuilder

JSON = dict[str, Any]
PODS = {"verb": "get", "resource": "pods", "namespace": "a"}
WHO = "spec.user must be a string and spec.groups a list of strings"
NOBODY = "at least one of spec.user or spec.groups must be specified"
ONE = "exactly one of spec.resourceAttributes or spec.nonResourceAttributes must be specified"


@pytest.fixture
def cluster() -> Cluster:
    builder = (
        ClusterBuilder()
        .namespace("a")
        .role("reader", {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]})
    )
    return builder.bind("reader", "User/alice", "Group/dev").build()


def review(kind: str, spec: Any, **metadata: str) -> JSON:
    return {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "spec": spec}


@pytest.mark.parametrize(
    ("kind", "spec", "words"),
    [
        ("SubjectAccessReview", {"user": 1, "resourceAttributes": PODS}, WHO),
        ("SubjectAccessReview", {"user": "u", "groups": "dev", "resourceAttributes": PODS}, WHO),
        ("SubjectAccessReview", {"user": "u", "groups": ["dev", 1], "resourceAttributes": PODS}, WHO),
        ("SubjectAccessReview", {"user": "u", "groups": {"dev": 1}, "resourceAttributes": PODS}, WHO),
        ("SubjectAccessReview", {"resourceAttributes": PODS}, NOBODY),
        ("SubjectAccessReview", {"user": "", "groups": [], "resourceAttributes": PODS}, NOBODY),
        ("SubjectAccessReview", {"user": "u"}, ONE),
        (
            "SubjectAccessReview",
            {"user": "u", "resourceAttributes": PODS, "nonResourceAttributes": {"path": "/"}},
            ONE,
        ),
        ("SubjectAccessReview", {"user": "u", "resourceAttributes": None}, ONE),
        ("SubjectAccessReview", None, "there is no spec"),
        ("SubjectAccessReview", "x", "there is no spec"),
        (
            "LocalSubjectAccessReview",
            {"user": "u", "nonResourceAttributes": {"verb": "get", "path": "/"}},
            "spec.resourceAttributes must be specified: a URL is in no namespace",
        ),
        (
            "LocalSubjectAccessReview",
            {"user": "u", "resourceAttributes": PODS | {"namespace": "b"}},
            "spec.resourceAttributes.namespace must match metadata.namespace",
        ),
        ("SelfSubjectRulesReview", {}, "spec.namespace must name a namespace"),
        ("SelfSubjectRulesReview", {"namespace": 1}, "spec.namespace must name a namespace"),
    ],
)
def test_a_review_without_attributes_of_a_request_is_refused(
    cluster: Cluster, kind: str, spec: Any, words: str
) -> None:
    with pytest.raises(ValueError, match="spec") as refused:
        cluster.review(review(kind, spec, namespace="a"), user=User("alice"))
    assert words in str(refused.value)


@pytest.mark.parametrize("kind", ["SelfSubjectAccessReview", "SelfSubjectRulesReview"])
def test_a_self_subject_review_needs_a_user(cluster: Cluster, kind: str) -> None:
    with pytest.raises(ValueError, match="files do not say who is asking"):
        cluster.review(review(kind, {"namespace": "a", "resourceAttributes": PODS}))


@pytest.mark.parametrize(
    ("kind", "spec", "allowed"),
    [
        ("SubjectAccessReview", {"user": "alice", "resourceAttributes": PODS}, True),
        ("SubjectAccessReview", {"user": "bob", "resourceAttributes": PODS}, False),
        ("SubjectAccessReview", {"user": None, "groups": ["dev"], "resourceAttributes": PODS}, True),
        ("SubjectAccessReview", {"groups": ["ops", "dev"], "resourceAttributes": PODS}, True),
        ("LocalSubjectAccessReview", {"user": "alice", "resourceAttributes": dict(PODS)}, True),
        ("SelfSubjectAccessReview", {"resourceAttributes": PODS}, True),
    ],
)
def test_a_review_is_answered_for_the_user_and_the_groups(
    cluster: Cluster, kind: str, spec: JSON, allowed: bool
) -> None:
    answer = cluster.review(review(kind, spec, namespace="a"), user=User("alice"))
    assert answer["status"]["allowed"] is allowed
    assert ("reason" in answer["status"]) is allowed
    assert answer["spec"] == spec


@pytest.mark.parametrize(
    ("before", "after", "operations"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [{"op": "replace", "path": "/a", "value": 2}]),
        ({"a": 1}, {"a": True}, [{"op": "replace", "path": "/a", "value": True}]),
        ({"a": 1}, {"b": 1}, [{"op": "remove", "path": "/a"}, {"op": "add", "path": "/b", "value": 1}]),
        ({"a~/b": 1}, {}, [{"op": "remove", "path": "/a~0~1b"}]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [{"op": "replace", "path": "/a/1", "value": 3}]),
        ({"a": [1]}, {"a": [1, 2]}, [{"op": "replace", "path": "/a", "value": [1, 2]}]),
        ({"a": [1, 2]}, {"a": [1]}, [{"op": "replace", "path": "/a", "value": [1]}]),
        ({"a": {"b": 1}}, {"a": [1]}, [{"op": "replace", "path": "/a", "value": [1]}]),
        ({"a": [1]}, {"a": {"b": 1}}, [{"op": "replace", "path": "/a", "value": {"b": 1}}]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, [{"op": "remove", "path": "/a/c"}]),
        ([{"a": 1}], [{"a": 2}], [{"op": "replace", "path": "/0/a", "value": 2}]),
    ],
)
def test_a_patch_has_one_operation_for_each_difference(
    before: Any, after: Any, operations: list[JSON]
) -> None:
    assert json_patch(before, after) == operations

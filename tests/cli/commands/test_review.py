"""Tests `rbacpsp review`: it returns review objects with their status."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]

API = "authorization.k8s.io/v1"


def review(kind: str, spec: dict[str, Any], **metadata: str) -> dict[str, Any]:
    return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}


PODS = {"verb": "get", "resource": "pods", "namespace": "team-a"}
WHY = 'RBAC: allowed by RoleBinding "readers/team-a" of Role "pod-reader" to User "alice"'


@pytest.mark.parametrize(
    ("review_object", "status"),
    [
        (
            review("SubjectAccessReview", {"user": "alice", "resourceAttributes": PODS}),
            {"allowed": True, "reason": WHY},
        ),
        (
            review("SubjectAccessReview", {"user": "erin", "resourceAttributes": PODS}),
            {"allowed": False},
        ),
        (
            review("SubjectAccessReview", {"user": "bob", "resourceAttributes": PODS}),
            {"allowed": False, "reason": 'RBAC: role.rbac.authorization.k8s.io "gone" not found'},
        ),
        (
            review("SubjectAccessReview", {"groups": ["system:masters"], "resourceAttributes": PODS}),
            {"allowed": True},
        ),
        (
            review(
                "SubjectAccessReview",
                {"user": "alice", "nonResourceAttributes": {"verb": "get", "path": "/healthz"}},
            ),
            {"allowed": False},
        ),
        (
            review(
                "LocalSubjectAccessReview", {"user": "alice", "resourceAttributes": PODS}, namespace="team-a"
            ),
            {"allowed": True, "reason": WHY},
        ),
        (
            review("SelfSubjectAccessReview", {"resourceAttributes": PODS}),
            {"allowed": True, "reason": WHY},
        ),
    ],
)
def test_a_review_is_returned_with_its_status(
    run: Run, review_object: dict[str, Any], status: dict[str, Any]
) -> None:
    result = run("review - --as alice", stdin=json.dumps(review_object, indent=2))
    assert json.loads(result.stdout) == {**review_object, "status": status}
    assert (result.stderr, result.exit_code) == ("", 0)


def test_a_rules_review_has_the_rules_of_its_user(run: Run) -> None:
    review_object = review("SelfSubjectRulesReview", {"namespace": "team-b"})
    result = run("review - --as dave --as-group x", stdin=json.dumps(review_object))
    assert json.loads(result.stdout)["status"] == {
        "resourceRules": [{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["nodes"]}],
        "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/healthz", "/metrics/*"]}],
        "incomplete": False,
    }


def test_lines_of_json_are_answered_as_lines_of_json(run: Run) -> None:
    review_object = review("SubjectAccessReview", {"user": "alice", "resourceAttributes": PODS})
    result = run("review -", stdin=f"{json.dumps(review_object)}\n\n{json.dumps(review_object)}\n")
    assert [json.loads(line)["status"]["allowed"] for line in result.stdout.splitlines()] == [True, True]


def test_documents_of_yaml_are_answered_as_documents_of_yaml(run: Run) -> None:
    text = (
        "kind: SubjectAccessReview\nspec:\n  user: alice\n  resourceAttributes: {verb: get, resource: pods}\n"
    )
    result = run("review -", stdin=f"{text}---\n{text}")
    assert (
        result.stdout.split("---\n")
        == [
            (
                "kind: SubjectAccessReview\n"
                "spec:\n"
                "  user: alice\n"
                "  resourceAttributes:\n"
                "    verb: get\n"
                "    resource: pods\n"
                "status:\n"
                "  allowed: false\n"
            )
        ]
        * 2
    )


def test_a_list_counts_as_its_items_and_other_forms_can_be_asked_for(run: Run) -> None:
    review_object = review("SubjectAccessReview", {"user": "alice", "resourceAttributes": PODS})
    listed = json.dumps({"kind": "List", "items": [review_object, review_object]}, indent=1)
    assert json.loads(run("review -", stdin=listed).stdout)["kind"] == "List"
    assert len(run("review - -o jsonl", stdin=listed).stdout.splitlines()) == 2


def test_attributes_that_are_empty_are_attributes(run: Run) -> None:
    """A server of 1.24.17 accepts them, and refuses the request."""
    review_object = review("SubjectAccessReview", {"user": "alice", "resourceAttributes": {}})
    assert json.loads(run("review -", stdin=json.dumps(review_object)).stdout)["status"] == {"allowed": False}


@pytest.mark.parametrize(
    ("review_object", "error"),
    [
        (
            review("Pod", {}),
            (
                'unknown kind of review "Pod"; known kinds: AdmissionReview, LocalSubjectAccessReview, '
                "PodSecurityPolicyReview, PodSecurityPolicySelfSubjectReview, "
                "PodSecurityPolicySubjectReview, SelfSubjectAccessReview, SelfSubjectRulesReview, "
                "SubjectAccessReview"
            ),
        ),
        ({"kind": "SubjectAccessReview"}, "there is no spec"),
        (
            review("SubjectAccessReview", {"resourceAttributes": PODS}),
            "at least one of spec.user or spec.groups must be specified",
        ),
        (
            review("SubjectAccessReview", {"user": "a"}),
            "exactly one of spec.resourceAttributes or spec.nonResourceAttributes must be specified",
        ),
        (
            review("SubjectAccessReview", {"user": "a", "resourceAttributes": {"verb": 1}}),
            "spec.resourceAttributes: verb must be a string, not 1",
        ),
        (
            review("SubjectAccessReview", {"user": 1, "resourceAttributes": PODS}),
            "spec.user must be a string and spec.groups a list of strings",
        ),
        (
            review("LocalSubjectAccessReview", {"user": "a", "resourceAttributes": PODS}, namespace="x"),
            "spec.resourceAttributes.namespace must match metadata.namespace",
        ),
        (
            review("SelfSubjectAccessReview", {"resourceAttributes": PODS}),
            "files do not say who is asking: pass --as USER (and --as-group GROUP)",
        ),
    ],
)
def test_an_invalid_review_is_reported(run: Run, review_object: dict[str, Any], error: str) -> None:
    result = run("review -", stdin=json.dumps(review_object))
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr.splitlines() == [f"error: <stdin>, document 1: {error}"]


def test_a_text_that_is_not_a_review_is_a_one_line_error(run: Run) -> None:
    for text in ("{", "a: [", "- 1", ""):
        result = run("review -", stdin=text)
        assert (result.stdout, result.exit_code) == ("", 2)
        assert len(result.stderr.splitlines()) == 1


def test_fields_that_a_review_does_not_have_are_reported(run: Run) -> None:
    spec = {"user": "alice", "gruops": ["x"], "resourceAttributes": {"verb": "get", "namepsace": "team-a"}}
    result = run("review -", stdin=json.dumps(review("SubjectAccessReview", spec)))
    assert result.exit_code == 0
    left_out = "is not a field and was left out; did you mean"
    assert result.stderr.splitlines()[:2] == [
        f"Warning: <stdin>, document 1: spec.gruops {left_out} groups?",
        f"Warning: <stdin>, document 1: spec.resourceAttributes.namepsace {left_out} namespace?",
    ]


def test_v1beta1_calls_the_groups_of_the_user_group(run: Run) -> None:
    spec = {"group": ["system:masters"], "resourceAttributes": PODS}
    beta = {**review("SubjectAccessReview", spec), "apiVersion": "authorization.k8s.io/v1beta1"}
    result = run("review - -o json", stdin=json.dumps(beta))
    assert json.loads(result.stdout)["status"] == {"allowed": True}
    result = run("review -", stdin=json.dumps({**beta, "apiVersion": "authorization.k8s.io/v2"}))
    assert (result.exit_code, result.stdout) == (2, "")
    assert 'no matches for kind "SubjectAccessReview" in version "authorization.k8s.io/v2"' in result.stderr

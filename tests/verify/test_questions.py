"""Tests that questions are read from the objects of a file."""

import pytest

from rbacpsp.catalog import CONTROLLERS
from rbacpsp.model import Request, User, Version
from rbacpsp.verify.questions import AccessQuestion, Question, read_questions


def read(obj: dict[str, object]) -> list[Question]:
    return list(
        read_questions([obj], user=None, namespace="x", version=Version(1, 24), controllers=CONTROLLERS)
    )


def test_a_subject_access_review_is_a_question_about_access() -> None:
    attributes = {"verb": "get", "resource": "pods"}
    spec = {"user": "alice", "groups": ["dev"], "resourceAttributes": attributes}
    assert read({"kind": "SubjectAccessReview", "spec": spec}) == [
        AccessQuestion(User("alice", ("dev",)), Request("get", resource="pods"))
    ]


def test_groups_that_are_one_string_are_refused() -> None:
    spec = {"groups": "dev", "resourceAttributes": {"verb": "get"}}
    with pytest.raises(ValueError, match="groups that are strings"):
        read({"kind": "SubjectAccessReview", "spec": spec})


def test_an_invalid_question_is_reported() -> None:
    with pytest.raises(ValueError, match="Role is not a question"):
        read({"kind": "Role"})

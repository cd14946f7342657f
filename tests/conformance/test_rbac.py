"""Compares every recorded answer of a 1.24 API server's RBAC authorizer."""

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rbacpsp.decode import decode_objects
from rbacpsp.model import Request, Subject, User
from rbacpsp.rbac import Authorizer

DATA = Path(__file__).parent / "data"


def batches() -> list[dict[str, Any]]:
    with gzip.open(DATA / "rbac.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


BATCHES = batches()
every_batch = pytest.mark.parametrize("batch", BATCHES, ids=[batch["batch"] for batch in BATCHES])


@every_batch
def test_every_recorded_request_is_decided_as_the_server_decided_it(batch: dict[str, Any]) -> None:
    authorizer = Authorizer(decode_objects([batch["cluster"]]))
    for case in batch["cases"]:
        request = Request.from_attributes(case)
        decision = authorizer.authorize(User(case["user"], tuple(case["groups"])), request)
        assert decision.allowed == case["allowed"], case
        if case["allowed"]:
            assert case["reason"] in decision.reasons, case
        else:
            assert words(decision.reason) == words(case["reason"]), case


def words(reason: str) -> tuple[bool, list[str]]:
    """A refusal's reason, its errors in one order."""
    text = reason.removeprefix("RBAC: ")
    return "[" in text, sorted(text.strip("[]").split(", "))


@every_batch
def test_every_recorded_list_of_subjects_is_found(batch: dict[str, Any]) -> None:
    authorizer = Authorizer(decode_objects([batch["cluster"]]))
    for case in batch["whocan"]:
        subjects = [access.subject for access in authorizer.who_can(Request.from_attributes(case))]
        expected = {msgspec.convert(subject, Subject) for subject in case["subjects"]}
        assert subjects[0] == Subject("Group", "system:masters")
        assert subjects[1:] == sorted(set(subjects[1:]))
        assert set(subjects) == expected, case


def reviews() -> list[dict[str, Any]]:
    lines = (DATA / "kubectl" / "rules-review.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def reviewed() -> Authorizer:
    dump = json.loads((DATA / "kubectl" / "rbac.json").read_text(encoding="utf-8"))
    return Authorizer(decode_objects([dump]))


@pytest.mark.parametrize(
    "review",
    [review for review in reviews() if review["user"] != "system:anonymous"],
    ids=lambda review: f"{review['user']} in {review['namespace']}",
)
def test_every_recorded_review_of_rules_is_reproduced(review: dict[str, Any], reviewed: Authorizer) -> None:
    user = User.impersonate(review["user"], review["groups"])
    status = reviewed.rules_for(user, review["namespace"]).status()
    assert by_rule(status) == by_rule(review["status"])


def test_an_anonymous_user_is_refused_the_review_itself(reviewed: Authorizer) -> None:
    refused = [review for review in reviews() if review["user"] == "system:anonymous"]
    assert len(refused) == 3
    request = Request("create", group="authorization.k8s.io", resource="selfsubjectrulesreviews")
    for review in refused:
        decision = reviewed.authorize(User.impersonate(review["user"], review["groups"]), request)
        assert review["status"] == "Failure"
        assert decision.message == (
            "selfsubjectrulesreviews.authorization.k8s.io is forbidden: "
            'User "system:anonymous" cannot create resource "selfsubjectrulesreviews" '
            'in API group "authorization.k8s.io" at the cluster scope'
        )


def by_rule(status: dict[str, Any]) -> dict[str, Any]:
    """A status with its rules in one order, which is not part of the answer."""
    return {
        key: sorted(json.dumps(rule, sort_keys=True) for rule in value) if isinstance(value, list) else value
        for key, value in status.items()
    }

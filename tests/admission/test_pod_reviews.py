"""Tests the answers to OpenShift's reviews of pods."""

from typing import Any

import pytest

from rbacpsp import Cluster, User
from tests.conformance.test_scc import cluster
from tests.conformance.test_scc_reviews import REVIEWS, recorded

JSON = dict[str, Any]


def review(case: JSON) -> JSON:
    """A recorded question as the object that is sent."""
    accounts = case["operation"] == "REVIEW"
    asked = (
        {"serviceAccountNames": case.get("serviceAccounts", [])}
        if accounts
        else {"user": case["user"], "groups": case["groups"]}
    )
    return {
        "apiVersion": "security.openshift.io/v1",
        "kind": "PodSecurityPolicyReview" if accounts else "PodSecurityPolicySubjectReview",
        "metadata": {"namespace": case["namespace"]},
        "spec": {"template": {"spec": case["pod"]["spec"]}, **asked},
    }


def answered(there: Cluster, case: JSON) -> JSON:
    """The answer in the form of the records."""
    try:
        status = there.review(review(case))["status"]
    except ValueError as error:
        return {"message": str(error)}
    if case["operation"] == "REVIEW":
        pairs = [
            [each["name"], each["allowedBy"]["name"]] for each in status.get("allowedServiceAccounts", ())
        ]
        return {"answered": True} | ({"allowedServiceAccounts": pairs} if pairs else {})
    if "allowedBy" not in status:
        return {"allowed": False}
    template = {"spec": status["template"]["spec"]} if "template" in status else {}
    return {"allowed": True, "scc": status["allowedBy"]["name"], **template}


@pytest.mark.parametrize("batch", sorted(REVIEWS)[::6])
def test_review_objects_get_the_recorded_status(batch: str) -> None:
    result = cluster(batch)
    for case in REVIEWS[batch]["cases"]:
        expected = recorded(case)
        if "message" in expected:
            expected = {"message": expected["message"]}
        assert answered(result, case) == expected, case["id"]


def test_a_self_subject_review_is_for_the_given_user() -> None:
    there = Cluster.from_objects(
        [
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {
                    "name": "shop",
                    "annotations": {
                        "openshift.io/sa.scc.uid-range": "1000/10",
                        "openshift.io/sa.scc.mcs": "s0:c1,c2",
                    },
                },
            }
        ],
        bootstrap="auto",
        openshift_version="4.21",
    )
    own = {
        "apiVersion": "security.openshift.io/v1",
        "kind": "PodSecurityPolicySelfSubjectReview",
        "metadata": {"namespace": "shop"},
        "spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}},
    }
    result = there.review(own, user=User.impersonate("bob"))
    assert result["status"]["allowedBy"] == {
        "kind": "SecurityContextConstraints",
        "apiVersion": "security.openshift.io/v1",
        "name": "restricted-v2",
    }
    assert there.review(own, user=User("bob", ("dev",)))["status"] == {}
    with pytest.raises(ValueError, match=r"^files do not say who is asking"):
        there.review(own)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (None, "there is no spec"),
        ({}, r"spec\.template\.spec must be the spec of a pod"),
        ({"template": {"spec": {}}, "user": 1}, r"spec\.user must be a string"),
        ({"template": {"spec": {}}, "groups": "dev"}, r"spec\.groups must be a list of strings"),
        ({"template": {"spec": {}}}, "at least one of user, groups or serviceAccountName must be specified"),
    ],
)
def test_a_review_that_no_server_accepts_is_refused_with_the_reason(spec: Any, words: str) -> None:
    wrong = {"kind": "PodSecurityPolicySubjectReview", "spec": spec}
    with pytest.raises(ValueError, match=f"^{words}$"):
        Cluster.from_objects([]).review(wrong)

"""Compares every recorded answer of OpenShift's reviews of pods and of its label synchronization."""

from typing import Any

import pytest

from rbacpsp import Cluster, User
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.scc import LabelSync, ReviewRefusedError
from rbacpsp.scc.levels import LevelError, psa_level
from tests.conformance.test_scc import cluster, lines

JSON = dict[str, Any]

REVIEWS, SYNCED = lines("review"), lines("psa-sync")


def answered(there: Cluster, case: JSON) -> JSON:
    """The answer in the form of the records."""
    spec, namespace, reviewer = case["pod"]["spec"], case["namespace"], there.scc.reviewer
    of_accounts = case["operation"] == "REVIEW"
    try:
        if of_accounts:
            result = reviewer.account_review(spec, namespace, case.get("serviceAccounts", ()))
            pairs = [[account, scc] for account, scc, _ in result.allowed]
            return {"answered": True} | ({"allowedServiceAccounts": pairs} if pairs else {})
        review = reviewer.subject_review(spec, namespace, User(case["user"], tuple(case["groups"])))
    except ReviewRefusedError as error:
        return {"answered" if of_accounts else "allowed": False, "stage": error.stage, "message": str(error)}
    given = {"scc": review.scc, "spec": review.spec}
    return {"allowed": bool(review)} | {key: value for key, value in given.items() if value is not None}


def recorded(case: JSON) -> JSON:
    """The recorded answer; Go writes the absent metadata of a template as an empty object."""
    result: JSON = case["result"]
    for volume in result.get("spec", {}).get("volumes", ()):
        volume.get("ephemeral", {}).get("volumeClaimTemplate", {}).pop("metadata", None)
    return result


def level(synced: LabelSync) -> str:
    """The level in the words of the records."""
    if synced.uncertain:
        return "privileged or error"
    if synced.level or synced.why_none.startswith("the namespace has no annotation"):
        return synced.level
    return "error"


def test_every_recorded_review_and_namespace_is_there() -> None:
    assert sum(len(line["cases"]) for line in REVIEWS.values()) == 672
    assert sum(len(line["namespaces"]) for line in SYNCED.values()) == 408


@pytest.mark.parametrize("batch", sorted(REVIEWS))
def test_reviews_are_answered_as_recorded(batch: str) -> None:
    result = cluster(batch)
    cases = REVIEWS[batch]["cases"]
    assert [case["id"] for case in cases if answered(result, case) != recorded(case)] == []


@pytest.mark.parametrize("batch", sorted(SYNCED))
def test_levels_are_derived_as_recorded(batch: str) -> None:
    syncer = cluster(batch).scc.label_syncer
    for line in SYNCED[batch]["namespaces"]:
        result = syncer.sync(line["namespace"])
        assert level(result) == line["level"], line["namespace"]
        accounts = {account: list(names) for account, names in result.accounts.items()}
        assert accounts == line["serviceAccounts"]


def psa_level_word(constraint: SecurityContextConstraints, annotations: dict[str, str]) -> str:
    try:
        return psa_level(constraint, annotations)
    except LevelError:
        return "error"


@pytest.mark.parametrize("batch", sorted(SYNCED))
def test_all_constraints_together_give_the_recorded_level(batch: str) -> None:
    result = cluster(batch)
    for line in SYNCED[batch]["namespaces"]:
        annotations = result.objects.namespaces[line["namespace"]].metadata.annotations
        levels = {
            constraint.name: psa_level_word(constraint, annotations) for constraint in result.scc.constraints
        }
        assert levels == line["sccs"], line["namespace"]

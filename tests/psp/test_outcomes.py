"""Tests that pods that are equal for policies are evaluated once, and that each gets its own answer."""

from collections.abc import Mapping
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.model import Document, Pod, PodSecurityPolicy
from rbacpsp.model.request import AdmissionRequest
from rbacpsp.psp import Admission, Admitter, outcomes
from rbacpsp.rbac import Authorizer
from tests.psp.build import ALICE, account, objects, pod_without_token, policy_struct
from tests.psp.test_against_naive import POLICIES, POLICY_ANNOTATIONS, pods
from tests.work import calls

JSON = dict[str, Any]
CREATE = AdmissionRequest(user=ALICE)
NAMED = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["p", "q"]),
        "generateName": st.just("p-"),
        "labels": st.sampled_from([{}, {"app": "x"}]),
    },
)
NOTES = st.sampled_from([{}, {"checksum/config": "1"}, {"checksum/config": "2", "kubernetes.io/psp": "b"}])
ACCOUNTS = st.sampled_from([{}, {"serviceAccountName": "builder"}, {"serviceAccountName": "missing"}])
OWN = st.tuples(NAMED, NOTES, ACCOUNTS)
"""What a pod has of its own and no policy reads."""
USABLE = st.sampled_from(
    [
        None,
        {"a": [{"kind": "User", "name": "alice"}]},
        {"b": [{"kind": "ServiceAccount", "name": "builder", "namespace": "default"}]},
    ]
)


def fresh(policies: list[PodSecurityPolicy], usable: Any) -> Admitter:
    cluster = objects(*policies, usable=usable)
    for name in ("default", "builder"):
        cluster.add(account(name), Document("test"))
    return Admitter(cluster, Authorizer(cluster))


def with_own(template: JSON, own: tuple[JSON, JSON, JSON]) -> JSON:
    metadata, notes, spec = own
    annotations = {**notes, **template["metadata"]["annotations"]}
    return {"metadata": {**metadata, "annotations": annotations}, "spec": {**template["spec"], **spec}}


def comparable(answer: Admission) -> Any:
    considered: Mapping[str, Any] = dict(answer.considered)
    return (
        answer.allowed,
        answer.policy,
        answer.message,
        answer.pod,
        answer.asked,
        considered,
        answer.errors,
    )


@settings(max_examples=40)
@given(
    st.lists(POLICIES, min_size=1, max_size=3),
    st.lists(POLICY_ANNOTATIONS, min_size=3, max_size=3),
    pods(),
    st.lists(OWN, min_size=2, max_size=3),
    USABLE,
)
def test_an_admitter_that_judged_an_equal_pod_answers_as_one_that_did_not(
    specs: list[JSON], annotations: list[JSON], template: JSON, owns: list[Any], usable: Any
) -> None:
    policies = [
        msgspec.convert({"metadata": {"name": name, "annotations": notes}, "spec": spec}, PodSecurityPolicy)
        for name, spec, notes in zip("abc", specs, annotations, strict=False)
    ]
    shared = fresh(policies, usable)
    for own in owns:
        submitted = with_own(template, own)
        assert comparable(shared.admit(submitted, CREATE)) == comparable(
            fresh(policies, usable).admit(submitted, CREATE)
        )


def test_an_equal_pod_is_much_less_work() -> None:
    admitter = fresh([policy_struct(name, privileged=True) for name in "abcdefghijkl"], None)

    def judge(name: str) -> None:
        submitted = pod_without_token({"securityContext": {"privileged": True}})
        submitted["metadata"]["name"] = name
        dict(admitter.admit(submitted, CREATE).considered)

    judge("first")
    other = calls(lambda: judge("second"))
    admitter = fresh([policy_struct(name, privileged=True) for name in "abcdefghijkl"], None)
    assert other < calls(lambda: judge("first")) / 3


def test_the_cache_of_pods_is_limited() -> None:
    known = outcomes.Outcomes()
    for number in range(outcomes.MOST + 1):
        known.of(msgspec.convert({"spec": {"containers": [{"name": f"c{number}"}]}}, Pod))
    assert len(known._known) == 1

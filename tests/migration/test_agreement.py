"""Tests with random policies and pods that generated policies decide and mutate as the plugin does."""

import copy
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rbacpsp import migrate
from tests.migration.build import ROOT, Server, cluster
from tests.psp.test_against_naive import POLICIES, POLICY_ANNOTATIONS, pods

JSON = dict[str, Any]
pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")


def stored_policy(name: str, spec: JSON, annotations: dict[str, str]) -> JSON:
    """A policy as a server stores it: its uid shows that it passed validation."""
    return {
        "apiVersion": "policy/v1beta1",
        "kind": "PodSecurityPolicy",
        "metadata": {"name": name, "uid": "u", "annotations": annotations},
        "spec": spec,
    }


def submitted_pod(drawn: JSON) -> JSON:
    """A pod that can be created, and that an API server can tell from others.

    It has no ephemeral containers, its seccomp profiles are fields or annotations but not both, and it has no
    empty list of groups, which a server treats as none.
    """
    made = copy.deepcopy(drawn)
    spec = made["spec"]
    del spec["ephemeralContainers"]
    contexts = [
        each.get("securityContext", {}) for each in (spec, *spec["containers"], *spec["initContainers"])
    ]
    if any("seccompProfile" in context for context in contexts):
        annotations = made["metadata"]["annotations"]
        made["metadata"]["annotations"] = {
            key: value for key, value in annotations.items() if "seccomp" not in key
        }
    if contexts[0].get("supplementalGroups") == []:
        del contexts[0]["supplementalGroups"]
    return {"apiVersion": "v1", "kind": "Pod", **made}


@pytest.mark.parametrize("engine", ["kyverno", "vap"])
@settings(max_examples=25, deadline=None)
@given(
    drawn=st.lists(st.tuples(POLICIES, POLICY_ANNOTATIONS), min_size=1, max_size=3),
    pod=pods().map(submitted_pod),
)
def test_a_pod_is_created_refused_and_changed_as_the_plugin_does(
    engine: str, drawn: list[tuple[JSON, dict[str, str]]], pod: JSON
) -> None:
    policies = [stored_policy(f"p-{number}", *each) for number, each in enumerate(drawn)]
    made = cluster(*policies)
    judged = made.admit(pod, user=ROOT, namespace="default")
    assume(judged.allowed or "is forbidden: PodSecurityPolicy" in str(judged.message))
    stored, messages = Server(made, migrate(made, engine, scope="all").objects).create(pod)
    assert (messages == []) == judged.allowed, (messages, judged.message)
    if judged.pod is not None:
        assert stored["metadata"]["annotations"]["kubernetes.io/psp"] == judged.policy
        before, after = judged.pod["spec"], stored["spec"]
        for key in ("securityContext", "runtimeClassName"):
            assert after.get(key) == before.get(key)
        for key in ("containers", "initContainers"):
            assert after.get(key) == before.get(key)


@settings(max_examples=25, deadline=None)
@given(
    drawn=st.lists(st.tuples(POLICIES, POLICY_ANNOTATIONS), min_size=1, max_size=3),
    pod=pods().map(submitted_pod),
)
def test_our_template_for_gatekeeper_admits_what_the_plugin_admits(
    drawn: list[tuple[JSON, dict[str, str]]], pod: JSON
) -> None:
    policies = [stored_policy(f"p-{number}", *each) for number, each in enumerate(drawn)]
    made = cluster(*policies)
    judged = made.admit(pod, user=ROOT, namespace="default")
    assume(judged.allowed or "is forbidden: PodSecurityPolicy" in str(judged.message))
    written = migrate(made, "gatekeeper", scope="all", template="own")
    _, messages = Server(made, written.objects).create(pod)
    assert (messages == []) == judged.allowed, (messages, judged.message)


@pytest.mark.parametrize("engine", ["kyverno", "vap"])
@settings(max_examples=15, deadline=None)
@given(
    drawn=st.lists(st.tuples(POLICIES, POLICY_ANNOTATIONS), min_size=1, max_size=3),
    pod=pods().map(submitted_pod),
)
def test_an_update_of_a_label_is_accepted_or_refused_as_the_plugin_does(
    engine: str, drawn: list[tuple[JSON, dict[str, str]]], pod: JSON
) -> None:
    policies = [stored_policy(f"p-{number}", *each) for number, each in enumerate(drawn)]
    made = cluster(*policies)
    old = copy.deepcopy(pod)
    for key in ("seccompProfile",):
        old["spec"].get("securityContext", {}).pop(key, None)  # a server stores it with its annotation
    new = copy.deepcopy(old)
    new["metadata"]["labels"] = {"touched": "yes"}
    judged = made.admit(new, user=ROOT, namespace="default", operation="UPDATE", old=old)
    messages = Server(made, migrate(made, engine, scope="all").objects).update(old, new)
    assert (messages == []) == judged.allowed, (messages, judged.message)

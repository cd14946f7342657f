"""Tests that `submit`, `review` and `preflight` check the parts of the server in the same order."""

from typing import Any

import pytest

from rbacpsp import Cluster, User, testing
from rbacpsp.model.json import JSONObject
from rbacpsp.scc import SCCAdmission
from rbacpsp.scc.admission import SCCAdmitter
from rbacpsp.testing import ClusterBuilder

ROOT = User("root", ("system:masters",))
UNMASKED = {"securityContext": {"procMount": "Unmasked"}}
LATE = (
    'pods "p" is forbidden: PodSecurityPolicy: unable to validate pod: '
    '[spec.containers[0].securityContext.procMount: Invalid value: "Default": ProcMountType is not allowed]'
)
RESTRICTED = 'pods "p" is forbidden: violates PodSecurity "restricted:latest": '
OVERHEAD = (
    'pods "p" is forbidden: pod rejected: '
    "Pod Overhead set without corresponding RuntimeClass defined Overhead"
)


def cluster(level: str = "privileged", version: str = "1.24") -> Cluster:
    """A cluster whose only policy requires procMount Unmasked, which 1.24 resets in pods."""
    labels = {"pod-security.kubernetes.io/enforce": level}
    return (
        ClusterBuilder()
        .namespace("x", labels=labels)
        .service_account("x", "default")
        .policy("p", privileged=True, volumes=["*"], hostPID=True, allowedProcMountTypes=["Unmasked"])
        .build(kubernetes_version=version)
    )


def pod_of_namespace_x(container: JSONObject | None = None, **spec: Any) -> JSONObject:
    fields = {"name": "c", "image": "i", **(container or {})}
    return testing.pod("p", namespace="x", container=fields, **spec)


def reviewed(asked: Cluster, obj: JSONObject) -> JSONObject:
    request = {
        "uid": "1",
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "namespace": "x",
        "operation": "CREATE",
        "userInfo": {"username": "root", "groups": ["system:masters"]},
        "object": obj,
    }
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    return dict(asked.review(review)["response"])


def test_pod_security_comes_before_the_validating_step_of_policies() -> None:
    """pkg/kubeapiserver/options/plugins.go, 1.24: its warnings are sent although a policy refuses the pod."""
    strict, lax = cluster("restricted"), cluster()
    for asked, by, message in ((strict, "podsecurity", RESTRICTED), (lax, "psp", LATE)):
        submission = asked.submit(pod_of_namespace_x(UNMASKED), user=ROOT)
        assert submission.refused_by == by
        assert str(submission.message).startswith(message)
        assert reviewed(asked, pod_of_namespace_x(UNMASKED))["status"]["message"] == submission.message
        (row,) = asked.preflight([pod_of_namespace_x(UNMASKED)], ROOT).rows
        assert [each.message for each in row.missing] == [submission.message]
    assert [step.by for step in lax.submit(pod_of_namespace_x(UNMASKED), user=ROOT).steps] == [
        "rbac",
        "serviceaccount",
        "psp",
        "validation",
        "podsecurity",
        "psp",
    ]


def test_a_policy_that_changed_the_pod_is_reported_although_the_pod_is_refused_later() -> None:
    response = reviewed(cluster("restricted"), pod_of_namespace_x(UNMASKED))
    assert response["auditAnnotations"] == {
        "pod-security.kubernetes.io/enforce-policy": "restricted:latest",
        "podsecuritypolicy.policy.k8s.io/admit-policy": "p",
    }


def test_before_1_19_both_policy_steps_have_the_same_message() -> None:
    submitted = pod_of_namespace_x(UNMASKED, automountServiceAccountToken=False)
    submission = cluster(version="1.18").submit(submitted, user=ROOT)
    assert submission.message == (
        'pods "p" is forbidden: unable to validate against any pod security policy: '
        '[spec.containers[0].securityContext.procMount: Invalid value: "Default": ProcMountType is not '
        "allowed]"
    )
    assert [(step.by, step.allowed) for step in submission.steps if step.by == "psp"] == [
        ("psp", True),
        ("psp", False),
    ]


@pytest.mark.parametrize("policies", [True, False])
def test_the_runtime_class_plugin_runs_last(policies: bool) -> None:
    builder = ClusterBuilder().namespace("x").service_account("x", "default")
    if policies:
        builder = builder.policy("p", volumes=["*"])
    submission = builder.build(kubernetes_version="1.24").submit(
        pod_of_namespace_x(overhead={"cpu": "1"}), user=ROOT
    )
    assert (submission.refused_by, submission.message) == ("validation", OVERHEAD)
    assert submission.steps[-2].by == "podsecurity"


def test_openshift_s_constraints_refuse_before_the_validation_or_after_pod_security(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No recorded pod is refused after Pod Security, so that answer is invented here."""
    there = Cluster.from_objects(
        [
            *ClusterBuilder().namespace("x").service_account("x", "default").objects,
            {"apiVersion": "security.openshift.io/v1", "kind": "SecurityContextConstraints"}
            | {"metadata": {"name": "c"}, "runAsUser": {"type": "RunAsAny"}}
            | {"seLinuxContext": {"type": "RunAsAny"}},
        ]
    )
    steps = []
    for stage in ("scc-mutate", "scc-validate"):
        refused = SCCAdmission(allowed=False, scc=None, message="no", stage=stage)
        monkeypatch.setattr(SCCAdmitter, "admit", lambda *_, answer=refused: answer)
        submission = there.submit(pod_of_namespace_x(), user=ROOT)
        assert (submission.refused_by, submission.message) == ("scc", "no")
        steps.append([step.by for step in submission.steps])
    assert steps == [
        ["rbac", "serviceaccount", "scc"],
        ["rbac", "serviceaccount", "scc", "validation", "podsecurity", "scc"],
    ]

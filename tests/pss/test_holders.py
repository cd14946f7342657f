"""Tests the evaluation of everything with pods in a namespace against the level of its labels."""

from typing import Any

import pytest

from rbacpsp.model.version import Version
from rbacpsp.pss.config import Configuration, Exemptions
from rbacpsp.pss.holders import TemplatesTried, try_templates
from rbacpsp.pss.labels import label_doubts
from rbacpsp.pss.namespace import prioritize_pods
from rbacpsp.pss.standard import is_judged
from rbacpsp.testing import ClusterBuilder, pod

JSON = dict[str, Any]
V1_30 = Version(1, 30)
BASELINE = {"pod-security.kubernetes.io/enforce": "baseline"}
BAD: JSON = {"securityContext": {"privileged": True}}


def rollout(name: str, spec: JSON | None, namespace: str = "x") -> JSON:
    """A custom resource of Argo Rollouts, whose pod template is at spec.template."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {} if spec is None else {"template": {"spec": spec}},
    }


def containers(bad: bool, **spec: Any) -> JSON:
    return {"containers": [{"name": "app", "image": "i", **(BAD if bad else {})}], **spec}


def tried(*objects: JSON, exemptions: Exemptions | None = None) -> TemplatesTried:
    config = Configuration(exemptions=exemptions or Exemptions())
    result = try_templates("x", BASELINE, ClusterBuilder().add(*objects).build().objects, config, V1_30)
    assert result is not None
    return result


def failing(found: TemplatesTried) -> list[str]:
    return [f"{blocker.manifest.kind} {blocker.manifest.name}" for blocker in found.failing]


def test_pods_and_custom_resources_after_one_that_is_exempt_are_evaluated_too() -> None:
    exempt = Exemptions(runtime_classes=("gvisor",))
    objects = [
        pod("a", namespace="x", container=BAD, runtimeClassName="gvisor"),
        pod("b", namespace="x", container=BAD),
        rollout("c", containers(bad=True, runtimeClassName="gvisor")),
        rollout("d", containers(bad=True)),
        rollout("e", containers(bad=False)),
        rollout("f", containers(bad=True), namespace="y"),
    ]
    assert failing(tried(*objects, exemptions=exempt)) == ["Pod b", "Rollout d"]
    assert failing(tried(*objects)) == ["Pod a", "Pod b", "Rollout c", "Rollout d"]


def test_objects_without_a_readable_pod_are_not_counted() -> None:
    result = tried(rollout("empty", None), rollout("odd", {"containers": "none"}), pod("a", namespace="x"))
    assert result.judged == 1
    assert result.failing == ()
    (unread,) = result.unread
    assert unread.startswith("Rollout x/odd: ")


def test_nothing_is_evaluated_where_nothing_is_enforced_or_the_namespace_is_exempt() -> None:
    objects = ClusterBuilder().add(pod("a", namespace="x", container=BAD)).build().objects
    assert try_templates("x", {}, objects, Configuration(), V1_30) is None
    exempt = Configuration(exemptions=Exemptions(namespaces=("x",)))
    assert try_templates("x", BASELINE, objects, exempt, V1_30) is None


@pytest.mark.parametrize(
    ("obj", "judged"),
    [
        ({"kind": "Pod", "apiVersion": "v1"}, True),
        ({"kind": "Pod"}, True),
        ({"kind": "Deployment", "apiVersion": "apps/v1"}, True),
        ({"kind": "Deployment", "apiVersion": "example.com/v1"}, False),
        ({"kind": "Rollout"}, False),
        ({"kind": ["Pod"]}, False),
        ({}, False),
    ],
)
def test_pods_and_the_workloads_of_kubernetes_are_judged(obj: JSON, judged: bool) -> None:
    assert is_judged(obj) is judged


def test_an_admission_shows_in_a_line_whether_it_is_allowed() -> None:
    cluster = ClusterBuilder().namespace("x", BASELINE).build()
    good, bad = pod("a", namespace="x"), pod("a", namespace="x", container=BAD)
    assert repr(cluster.pss_admit(good)) == "<PSAdmission: allowed>"
    assert repr(cluster.pss_admit(bad)).startswith(
        '<PSAdmission: pods "a" is forbidden: violates PodSecurity'
    )


def test_pods_after_one_of_an_exempt_runtime_class_are_checked() -> None:
    pods = [pod("a", namespace="x", runtimeClassName="gvisor"), pod("b", namespace="x")]
    manifests = ClusterBuilder().add(*pods).build().objects.pods.values()
    assert [pod.name for pod in prioritize_pods(manifests, ("gvisor",))] == ["b"]
    assert [pod.name for pod in prioritize_pods(manifests, ())] == ["a", "b"]


def test_an_invalid_label_is_reported_with_the_level_that_applies() -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restrictd"}
    namespaces = list(ClusterBuilder().namespace("x", labels).build().objects.namespaces.values())
    (doubt,) = label_doubts(namespaces, V1_30)
    assert "enforce of namespace x is" in doubt
    assert "enforce is restricted" in doubt
    assert label_doubts(namespaces, Version(1, 21)) == ()


def test_a_label_that_pod_security_does_not_have_is_reported() -> None:
    labels = {
        "pod-security.kubernetes.io/enforc": "restricted",
        "pod-security.kubernetes.io/warn-version": "v1.30",
        "team": "a",
    }
    namespaces = list(ClusterBuilder().namespace("x", labels).build().objects.namespaces.values())
    assert label_doubts(namespaces, V1_30) == (
        (
            "label pod-security.kubernetes.io/enforc of namespace x has no effect: Pod Security has no such "
            "label; did you mean enforce?"
        ),
    )

"""Tests that each namespace gets the strictest level that its pods meet, with the obstacles to the next."""

from typing import Any

from rbacpsp.model import Manifest, Namespace, ObjectMeta, Objects, Version
from rbacpsp.model.meta import OwnerReference
from rbacpsp.pss import Configuration, Exemptions, LevelVersion
from rbacpsp.pss.suggest import Suggestion, suggest

HARDENED = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "a",
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
    ],
}
BARE = {"containers": [{"name": "a"}]}
HOST = {**BARE, "hostNetwork": True}
V1_25 = Version(1, 25)


def pod_manifest(name: str, spec: dict[str, Any], namespace: str = "n") -> Manifest:
    return Manifest("Pod", "v1", ObjectMeta(name=name, namespace=namespace), {"kind": "Pod", "spec": spec})


def workload_manifest(
    kind: str, name: str, spec: dict[str, Any], *, owned: bool = False, **fields: Any
) -> Manifest:
    owners = (OwnerReference(controller=True, uid="d"),) if owned else ()
    body = {"kind": kind, "spec": {"template": {"spec": spec}, **fields}}
    return Manifest(kind, "apps/v1", ObjectMeta(name=name, namespace="n", owner_references=owners), body)


def cluster(*manifests: Manifest, **labels: str) -> Objects:
    objects = Objects(
        namespaces={
            "n": Namespace(
                metadata=ObjectMeta(
                    name="n",
                    labels={f"pod-security.kubernetes.io/{key}": value for key, value in labels.items()},
                )
            )
        }
    )
    for manifest in manifests:
        if manifest.kind == "Pod":
            objects.pods[manifest.namespace, manifest.name] = manifest
        else:
            objects.workloads[manifest.kind, manifest.namespace, manifest.name] = manifest
    return objects


def only(objects: Objects, **options: Any) -> Suggestion:
    (suggestion,) = suggest(objects, ["n"], **options)
    return suggestion


def test_the_level_is_the_strictest_that_every_pod_and_template_meets() -> None:
    assert only(cluster(pod_manifest("a", HARDENED))).level.level == "restricted"
    assert only(cluster(pod_manifest("a", HARDENED), pod_manifest("b", BARE))).level.level == "baseline"
    assert (
        only(cluster(pod_manifest("a", HARDENED), workload_manifest("Deployment", "d", HOST))).level.level
        == "privileged"
    )


def test_what_blocks_the_next_level_is_named_with_check_and_field() -> None:
    objects = cluster(
        pod_manifest("a", BARE), workload_manifest("Deployment", "d", HOST), pod_manifest("b", HOST)
    )
    suggestion = only(objects, kubernetes_version=V1_25)
    assert suggestion.next_level == LevelVersion.parse("baseline:v1.25")
    assert [
        (blocker.manifest.kind, blocker.manifest.name, failure.check, failure.fields)
        for blocker in suggestion.blockers
        for failure in blocker.failures
    ] == [
        ("Deployment", "d", "hostNamespaces", ("spec.template.spec.hostNetwork",)),
        ("Pod", "b", "hostNamespaces", ("spec.hostNetwork",)),
    ]
    assert (suggestion.pods, suggestion.workloads) == (2, 1)


def test_a_restricted_namespace_has_no_next_level() -> None:
    suggestion = only(cluster(pod_manifest("a", HARDENED)))
    assert (suggestion.next_level, suggestion.blockers) == (None, ())


def test_the_labels_pin_the_level_and_warn_about_the_next_one() -> None:
    suggestion = only(cluster(pod_manifest("a", BARE)), kubernetes_version=V1_25)
    assert suggestion.patch == {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": "n",
            "labels": {
                "pod-security.kubernetes.io/enforce": "baseline",
                "pod-security.kubernetes.io/enforce-version": "v1.25",
                "pod-security.kubernetes.io/audit": "restricted",
                "pod-security.kubernetes.io/audit-version": "v1.25",
                "pod-security.kubernetes.io/warn": "restricted",
                "pod-security.kubernetes.io/warn-version": "v1.25",
            },
        },
    }


def test_another_version_may_be_pinned() -> None:
    windows = {"os": {"name": "windows"}, "securityContext": {"runAsNonRoot": True}, **BARE}
    assert str(only(cluster(pod_manifest("a", windows)), version=V1_25).level) == "restricted:v1.25"
    assert str(only(cluster(pod_manifest("a", windows)), version=Version(1, 24)).level) == "baseline:v1.24"


def test_a_namespace_without_pods_is_judged_by_its_workloads() -> None:
    suggestion = only(cluster(workload_manifest("StatefulSet", "s", HOST)))
    assert (suggestion.level.level, suggestion.pods) == ("privileged", 0)


def test_replica_sets_that_a_deployment_keeps_for_rollback_are_ignored() -> None:
    kept = workload_manifest("ReplicaSet", "old", HOST, owned=True, replicas=0)
    own = workload_manifest("ReplicaSet", "own", HOST, replicas=0)
    assert only(cluster(kept)).level.level == "restricted"
    assert only(cluster(own)).level.level == "privileged"


def test_every_namespace_has_an_answer_in_order_of_names() -> None:
    objects = cluster(pod_manifest("a", BARE, "z"), pod_manifest("b", HOST, ""))
    assert [(each.namespace, each.level.level) for each in suggest(objects)] == [
        ("default", "privileged"),
        ("n", "restricted"),
        ("z", "baseline"),
    ]


def test_the_current_labels_and_exemptions_are_reported() -> None:
    kata = pod_manifest("a", {**HOST, "runtimeClassName": "kata"})
    config = Configuration(exemptions=Exemptions(namespaces=("n",), runtime_classes=("kata",)))
    suggestion = only(cluster(kata, enforce="baseline"), config=config)
    assert str(suggestion.current.enforce) == "baseline:latest"
    assert suggestion.exempt
    assert suggestion.level.level == "restricted"

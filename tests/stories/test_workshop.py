"""Tests the workshop's pods, also those that its page does not show."""

from pathlib import Path

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.pods.templates import pods_of
from rbacpsp.psp import Admission
from rbacpsp.sources import read_manifests

STEPS = Path("sample_clusters/steps/rbac-workshop")


def admitted(cluster: Cluster, **spec: object) -> Admission:
    """The Deployment's pod, as its controller creates it, with fields of its spec replaced."""
    (manifest,) = read_manifests([STEPS / "deploy.yaml"])
    (made,) = pods_of(manifest)
    pod = made.pod | {"spec": made.pod["spec"] | spec}
    return cluster.admit(pod, user=made.creator, namespace="default")


def volumes(admission: Admission) -> list[str]:
    """The names of the volumes of an admitted pod."""
    assert admission.pod
    return [volume["name"] for volume in admission.pod["spec"]["volumes"]]


def test_the_policy_hardens_the_container_that_its_manifest_left_open() -> None:
    admission = admitted(rbacpsp.load("sample_clusters/rbac-workshop"))
    assert admission.policy == "no-root-policy"
    assert admission.pod
    (container,) = admission.pod["spec"]["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
    }


def test_without_automount_no_token_volume_is_added() -> None:
    cluster = rbacpsp.load("sample_clusters/rbac-workshop")
    names = {mount: volumes(admitted(cluster, automountServiceAccountToken=mount)) for mount in (False, True)}
    assert names == {False: ["tmp-volume"], True: ["tmp-volume", "kube-api-access-xxxxx"]}

"""Tests which pods mount existing persistent volumes that are folders of nodes."""

from typing import Any

import pytest

from rbacpsp.testing import ClusterBuilder, rule
from tests.paths.around import node
from tests.paths.clusters import CREATE_PODS, EVE, LEVEL, with_policy
from tests.paths.test_claims import claim, volume
from tests.paths.test_conditions import reasons

JSON = dict[str, Any]
BY_B = {"namespace": "b", "name": "data"}
PINNED: JSON = {"nodeAffinity": {"required": {"nodeSelectorTerms": [{}]}}}
NO_HOST_PATH: JSON = {"hostPath": None}


def start(*objects: JSON, level: str = "baseline") -> ClusterBuilder:
    return ClusterBuilder().namespace("a").namespace("b", {LEVEL: level}).add(*objects)


BOUND = volume(claimRef={**BY_B, "uid": "u"})
RESERVED = volume(claimRef=BY_B)
MOUNTED = {("node", "claim data in namespace b, admitted because no policy applies")}


def mounted(*objects: JSON, level: str = "baseline", namespace: str = "b") -> set[tuple[str, str]]:
    return reasons("mount-claimed-folder", local=(namespace, CREATE_PODS), start=start(*objects, level=level))


@pytest.mark.parametrize(
    ("objects", "is_open"),
    [
        ((RESERVED, claim(volumeName="pv")), True),
        ((BOUND,), True),
        ((volume(), claim(volumeName="pv")), True),
        ((volume(), claim()), True),
        ((RESERVED, claim()), True),
        ((RESERVED,), False),
        ((volume(claimRef=BY_B, status="Bound"),), True),
        ((volume(claimRef={**BY_B, "uid": "u"}, status="Released"),), False),
        ((RESERVED, claim(volumeName="other")), False),
        ((volume(), claim(volumeName="other")), False),
        ((volume(), claim(storageClassName="other")), False),
        ((volume(path="/data", claimRef=BY_B), claim(volumeName="pv")), False),
        ((volume(path="/var/log", claimRef=BY_B), claim(volumeName="pv")), True),
        ((volume(path="/opt/local-path-provisioner/pvc-1_b_data", claimRef=BY_B), claim()), False),
        ((volume(path="/var/lib/rancher/k3s/storage/pvc-1_b_data", claimRef=BY_B), claim()), False),
        ((volume(path="/opt/local-path-provisioner/../bin", claimRef=BY_B), claim()), True),
        ((volume(path="/opt/local-path-provisioner-1", claimRef=BY_B), claim()), True),
        ((volume(path="/var/lib/rancher/k3s", claimRef=BY_B), claim()), True),
        ((volume(**NO_HOST_PATH, local={"path": "/var/log"}, claimRef=BY_B), claim()), True),
        (
            (volume(**NO_HOST_PATH, local={"path": "/var/log"}, mountOptions=["ro"], claimRef=BY_B), claim()),
            False,
        ),
        ((volume(**NO_HOST_PATH, local={"path": "/"}, mountOptions=["ro"], claimRef=BY_B), claim()), True),
        ((volume(mountOptions=["noatime"], claimRef=BY_B), claim()), False),
        ((volume(**NO_HOST_PATH, nfs={"path": "/"}, claimRef=BY_B), claim()), False),
    ],
)
def test_a_pod_mounts_a_folder_through_a_claim_that_exists(
    objects: tuple[JSON, ...], *, is_open: bool
) -> None:
    assert mounted(*objects) == (MOUNTED if is_open else set())


def test_a_pod_must_be_in_the_namespace_of_the_claim_and_may_be_root() -> None:
    assert mounted(BOUND, level="restricted") == set()
    assert mounted(BOUND, namespace="a") == set()


FREE = "PersistentVolume pv claimed{} in namespace b, admitted because no policy applies"


@pytest.mark.parametrize(
    ("objects", "verbs", "version", "how"),
    [
        ((volume(),), "pods persistentvolumeclaims", "1.30", " by an ephemeral volume"),
        ((volume(),), "pods", "1.30", " by an ephemeral volume"),
        ((volume(),), "pods", "1.20", None),
        ((volume(),), "pods persistentvolumeclaims", "1.20", ""),
        ((volume(status="Available"),), "pods", "1.30", " by an ephemeral volume"),
        ((volume(status="Released"),), "pods", "1.30", None),
        ((volume(path="/data"),), "pods", "1.30", None),
        ((volume(), claim(volumeName="pv")), "pods", "1.30", None),
        ((BOUND,), "pods persistentvolumeclaims", "1.30", None),
        ((RESERVED,), "pods persistentvolumeclaims", "1.30", ""),
        ((RESERVED,), "pods", "1.30", None),
        ((volume(claimRef={"namespace": "a", "name": "data"}),), "pods persistentvolumeclaims", "1.30", None),
        ((volume(),), "persistentvolumeclaims", "1.30", None),
    ],
)
def test_a_new_claim_gets_a_volume_that_no_claim_is_bound_to(
    objects: tuple[JSON, ...], verbs: str, version: str, how: str | None
) -> None:
    found = reasons(
        "claim-unbound-folder", local=("b", rule("create", verbs)), start=start(*objects), version=version
    )
    assert found == (set() if how is None else {("node", FREE.format(how))})


@pytest.mark.parametrize(
    ("held", "version", "is_open"),
    [
        (rule("create patch", "persistentvolumeclaims", names="data"), "1.30", True),
        (rule("create patch", "persistentvolumeclaims", names="data"), "1.15", False),
        (rule("create", "persistentvolumeclaims", names="data"), "1.30", False),
        (rule("create patch", "persistentvolumeclaims", names="other"), "1.30", False),
    ],
)
def test_the_claim_that_a_volume_is_reserved_for_may_be_applied_by_its_name(
    held: dict[str, list[str]], version: str, *, is_open: bool
) -> None:
    found = reasons("claim-unbound-folder", CREATE_PODS, held, start=start(RESERVED), version=version)
    assert bool(found) == is_open


def test_a_stateful_set_claims_a_free_volume_by_a_new_claim_template() -> None:
    for verb, how in (("create", " by a StatefulSet"), ("patch", None)):
        local = ("b", rule(verb, "statefulsets", "apps"))
        found = reasons("claim-unbound-folder", local=local, start=start(volume()), version="1.20")
        assert found == (set() if how is None else {("node", FREE.format(how))})


@pytest.mark.parametrize(("spec", "is_chosen"), [({}, True), (PINNED, False)])
def test_the_author_of_a_pod_chooses_its_node_unless_the_volume_is_of_some_nodes(
    spec: JSON, *, is_chosen: bool
) -> None:
    nodes = [node("n", "control-plane")]
    for family, objects in (
        ("mount-claimed-folder", [volume(claimRef={**BY_B, "uid": "u"}, **spec)]),
        ("claim-unbound-folder", [volume(**spec)]),
    ):
        found = reasons(family, local=("b", CREATE_PODS), start=start(*objects, *nodes))
        words = {"node", "root on a node of the control plane"} if is_chosen else {"node"}
        assert {target for target, _ in found} == words


def test_a_policy_must_admit_a_pod_with_a_claim_as_root() -> None:
    for spec, is_open in (
        ({"volumes": ["persistentVolumeClaim"]}, True),
        ({"volumes": ["persistentVolumeClaim"], "runAsUser": {"rule": "MustRunAsNonRoot"}}, False),
        ({"volumes": ["projected"]}, False),
    ):
        builder = with_policy(EVE, **spec).add(BOUND)
        found = reasons("mount-claimed-folder", CREATE_PODS, start=builder, version="1.24")
        assert bool(found) == is_open


def test_every_permission_in_a_namespace_mounts_a_folder_where_policies_admit_only_claims() -> None:
    bind = rule("bind", "clusterroles", "rbac.authorization.k8s.io")
    binds = ("b", rule("create", "rolebindings", "rbac.authorization.k8s.io"))
    for objects, is_open in (((BOUND,), True), ((volume(),), True), ((volume(path="/data"),), False)):
        builder = start(*objects).policy("p", volumes=["persistentVolumeClaim"])
        found = reasons("bind-in-namespace", bind, local=binds, start=builder, version="1.24")
        reason = "every permission in the namespace; PersistentVolume pv"
        assert (("node", reason) in found) == is_open
        assert ("node" in {target for target, _ in found}) == is_open

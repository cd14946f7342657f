"""Tests that the objects on which escalation depends are read from real servers as from files."""

import pytest

from rbacpsp.live import connect
from tests.live.server import ApiServer

pytestmark = pytest.mark.live
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


def test_nodes_volumes_and_claims_are_read(untouched: ApiServer) -> None:
    untouched.create(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "around"}},
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "cp-0", "labels": {CONTROL_PLANE: ""}}},
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "folder"},
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": "/"},
                "claimRef": {"namespace": "around", "name": "data"},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data", "namespace": "around"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
                "volumeName": "folder",
            },
        },
    )
    surroundings = connect(kubeconfig=str(untouched.kubeconfig())).objects.surroundings
    assert surroundings["Node", "", "cp-0"].metadata.labels == {CONTROL_PLANE: ""}
    assert surroundings["PersistentVolume", "", "folder"].body["spec"]["hostPath"] == {"path": "/"}
    assert surroundings["PersistentVolumeClaim", "around", "data"].body["spec"] == {"volumeName": "folder"}


def test_without_permission_to_list_nodes_the_unknown_parts_are_reported(untouched: ApiServer) -> None:
    cluster = connect(kubeconfig=str(untouched.kubeconfig("bob")))
    assert any("which nodes run the control plane is unknown" in each for each in cluster.unread())
    assert not any("control plane" in each for each in cluster.unread({"Role"}))

"""Builds small clusters of workloads and pods for the tests of simulations."""

from typing import Any

from rbacpsp import Cluster
from rbacpsp.testing import ClusterBuilder, pod

JSON = dict[str, Any]

API = {
    "CronJob": "batch/v1",
    "DaemonSet": "apps/v1",
    "Deployment": "apps/v1",
    "Job": "batch/v1",
    "ReplicaSet": "apps/v1",
    "ReplicationController": "v1",
    "StatefulSet": "apps/v1",
}
RECORD = "kubernetes.io/psp"


def owner(kind: str, name: str, uid: str = "", api: str = "", *, controller: bool = True) -> JSON:
    reference = {"apiVersion": api or API.get(kind, "example.com/v1"), "kind": kind, "name": name}
    return reference | {"uid": uid or f"uid-{name}", "controller": controller}


def stored(
    name: str,
    *owners: JSON,
    record: str = "",
    namespace: str = "shop",
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    **spec: Any,
) -> JSON:
    """A pod of the cluster, with the record of a policy and its owners."""
    made = pod(name, namespace=namespace, **spec)
    if "kubernetes.io/config.mirror" not in (annotations or {}):
        made["spec"].setdefault("serviceAccountName", "default")
    made["metadata"] |= {
        "uid": f"uid-{name}",
        "ownerReferences": list(owners),
        "labels": labels or {},
        "annotations": (annotations or {}) | ({RECORD: record} if record else {}),
    }
    return made


def workload(
    kind: str, name: str, *owners: JSON, namespace: str = "shop", uid: str | None = None, **spec: Any
) -> JSON:
    """A workload whose pod has one container; `spec` adds to the pod's spec."""
    template = {"metadata": {"labels": {"app": name}}, "spec": pod("x", **spec)["spec"]}
    body: JSON = {"template": template}
    if kind == "CronJob":
        body = {"schedule": "0 3 * * *", "jobTemplate": {"spec": body}}
    metadata = {"name": name, "namespace": namespace, "ownerReferences": list(owners)}
    metadata["uid"] = f"uid-{name}" if uid is None else uid
    return {"apiVersion": API[kind], "kind": kind, "metadata": metadata, "spec": body}


def builder(*objects: JSON) -> ClusterBuilder:
    return ClusterBuilder().namespace("shop").add(*objects)


def lax(*objects: JSON) -> Cluster:
    """A cluster in which everyone may use the one policy, `lax`, which changes nothing."""
    return (
        builder(*objects)
        .policy("lax", privileged=True, hostNetwork=True, hostPorts=[{"min": 0, "max": 65535}])
        .may_use("lax", "Group/system:authenticated", "Group/system:serviceaccounts")
        .build()
    )

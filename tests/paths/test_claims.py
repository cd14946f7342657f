"""Tests which volumes of nodes are behind the claims of pods that no volume is bound to yet."""

from typing import Any

import pytest

from rbacpsp.files import load
from rbacpsp.sources.snapshot import write_snapshot
from rbacpsp.testing import ClusterBuilder, pod, rule
from tests.paths.clusters import EVE
from tests.paths.test_links import links

JSON = dict[str, Any]
BETA = "volume.beta.kubernetes.io/storage-class"
MOUNTS = {"volumeMounts": [{"name": "data", "mountPath": "/v"}]}
TEMPLATE = {
    "storageClassName": "manual",
    "accessModes": ["ReadWriteOnce"],
    "resources": {"requests": {"storage": "1Gi"}},
}


def volume(
    name: str = "pv", path: str = "/", status: str = "", meta: JSON | None = None, **spec: Any
) -> JSON:
    """A volume of the class manual with 1Gi that is a folder of a node."""
    body: JSON = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, **(meta or {})},
        "spec": {
            "storageClassName": "manual",
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce", "ReadOnlyMany"],
            "hostPath": {"path": path},
            **spec,
        },
    }
    return {**body, "status": {"phase": status}} if status else body


def claim(name: str = "data", meta: JSON | None = None, **spec: Any) -> JSON:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "b", **(meta or {})},
        "spec": {**TEMPLATE, **spec},
    }


def by_claim(name: str = "db") -> JSON:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    return pod(name, namespace="b", container=MOUNTS, volumes=volumes)


def ephemeral(**spec: Any) -> list[JSON]:
    return [{"name": "data", "ephemeral": {"volumeClaimTemplate": {"spec": {**TEMPLATE, **spec}}}}]


def workload(kind: str, volumes: list[JSON], **spec: Any) -> JSON:
    containers = [{"name": "c", "image": "i", **MOUNTS}]
    spec["template"] = {"spec": {"containers": containers, "volumes": volumes}}
    metadata = {"name": "db", "namespace": "b"}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}


def stateful_set(**spec: Any) -> JSON:
    templates = [{"metadata": {"name": "data"}, "spec": {**TEMPLATE, **spec}}]
    return workload("StatefulSet", [], volumeClaimTemplates=templates)


def reasons(*objects: JSON) -> set[str]:
    """Why pods of namespace b lead to the node."""
    builder = ClusterBuilder().namespace("b").role("r", rule("get", "pods")).bind("r", EVE).add(*objects)
    return {reason for _, target, reason in links("in-pod", builder) if target == "node"}


FOUND = {"Pod db has hostPath / through claim data and PersistentVolume pv"}
NONE: set[str] = set()


@pytest.mark.parametrize(
    ("volume", "claim", "is_behind"),
    [
        (volume(), claim(), True),
        (volume(storageClassName="other"), claim(), False),
        (volume(storageClassName=""), claim(storageClassName=""), True),
        (volume(), claim(storageClassName=""), False),
        (volume(storageClassName="other", meta={"annotations": {BETA: "manual"}}), claim(), True),
        (volume(), claim(meta={"annotations": {BETA: "other"}}), False),
        (volume(capacity={"storage": "1023Mi"}), claim(), False),
        (volume(capacity={"storage": "1024Mi"}), claim(), True),
        (volume(capacity={"storage": 1}), claim(resources={"requests": {"storage": 2}}), False),
        (volume(capacity={"storage": 2}), claim(resources={"requests": {"storage": 1}}), True),
        (volume(capacity={"storage": "x"}), claim(), False),
        (volume(), claim(resources={"requests": {"storage": "x"}}), False),
        (volume(), claim(resources={}), True),
        (volume(), claim(accessModes=["ReadOnlyMany"]), True),
        (volume(), claim(accessModes=["ReadWriteOnce", "ReadWriteMany"]), False),
        (volume(volumeMode="Block"), claim(), False),
        (volume(), claim(volumeMode="Filesystem"), True),
        (volume(meta={"labels": {"a": "b"}}), claim(selector={"matchLabels": {"a": "b"}}), True),
        (volume(meta={"labels": {"a": "c"}}), claim(selector={"matchLabels": {"a": "b"}}), False),
        (volume(), claim(selector={}), True),
        (volume(), claim(selector={"matchExpressions": [{"key": "a", "operator": "Exists"}]}), False),
        (volume(), claim(selector={"matchExpressions": [{"key": "a", "operator": "NoWord"}]}), False),
        (volume(), claim(selector="a=b"), False),
        (volume(status="Available"), claim(), True),
        (volume(status="Released"), claim(), False),
        (volume(claimRef={"namespace": "b", "name": "data"}), claim(), True),
        (volume(claimRef={"namespace": "a", "name": "data"}), claim(), False),
        (volume(), claim(volumeName="elsewhere"), False),
        (volume(), claim(name="other"), False),
    ],
)
def test_a_claim_can_be_bound_to_a_volume_that_the_binder_matches(
    volume: JSON, claim: JSON, *, is_behind: bool
) -> None:
    assert reasons(volume, claim, by_claim()) == (FOUND if is_behind else NONE)


def test_a_claim_gets_the_smallest_volume() -> None:
    small, large = volume("small", "/mnt/data"), volume("large", capacity={"storage": "2Gi"})
    assert reasons(small, large, claim(), by_claim()) == NONE
    assert reasons(small, large, claim(resources={"requests": {"storage": "2Gi"}}), by_claim()) == {
        "Pod db has hostPath / through claim data and PersistentVolume large"
    }


@pytest.mark.parametrize(
    ("more", "spec", "reason"),
    [
        ((), {}, "claim template data and PersistentVolume pv"),
        ((), {"storageClassName": "other"}, None),
        ((), {"volumeName": "pv"}, "claim template data and PersistentVolume pv"),
        ((), {"volumeName": "other"}, None),
        ((claim("data-db-0", volumeName="csi"),), {}, None),
        ((claim("data-db-0"),), {}, "claim data-db-0 and PersistentVolume pv"),
        ((claim("data-other-0", volumeName="csi"),), {}, "claim template data and PersistentVolume pv"),
    ],
)
def test_a_claim_template_of_a_stateful_set_gets_a_volume_that_matches(
    more: tuple[JSON, ...], spec: JSON, reason: str | None
) -> None:
    expected = {f"StatefulSet db has hostPath / through {reason}"} if reason else NONE
    assert reasons(volume(), stateful_set(**spec), *more) == expected


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet"])
def test_an_ephemeral_volume_gets_a_volume_that_matches(kind: str) -> None:
    through = "has hostPath / through ephemeral volume data and PersistentVolume pv"
    assert reasons(volume(), workload(kind, ephemeral())) == {f"{kind} db {through}"}
    assert reasons(volume(), workload(kind, ephemeral(storageClassName="other"))) == NONE
    alone = pod("db", namespace="b", container=MOUNTS, volumes=ephemeral())
    assert reasons(volume(), alone) == {f"Pod db {through}"}
    assert reasons(volume(), alone, claim("db-data", volumeName="csi")) == NONE
    assert reasons(volume(), alone, claim("db-data")) == {
        "Pod db has hostPath / through claim db-data and PersistentVolume pv"
    }


def test_a_snapshot_keeps_what_decides_about_a_claim(tmp_path: Any) -> None:
    selected = claim(selector={"matchLabels": {"a": "b"}})
    objects = (volume(meta={"labels": {"a": "b"}, "annotations": {BETA: "manual"}}), selected, by_claim())
    builder = ClusterBuilder().namespace("b").role("r", rule("get", "pods")).bind("r", EVE).add(*objects)
    place = tmp_path / "cluster.json"
    write_snapshot(place, builder.build(kubernetes_version="1.30").objects)
    (reached,) = [
        edge.cause.reason
        for edge in load(place).paths().graph.edges()
        if edge.technique is not None and edge.technique.name == "in-pod" and edge.cause.reason in FOUND
    ]
    assert reached in FOUND

"""Compares `Cluster.submit` with dry runs on real servers: the same verdict from the same part."""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from rbacpsp.cluster import Cluster
from rbacpsp.live import connect
from rbacpsp.model import User
from rbacpsp.pods.templates import pods_of
from rbacpsp.verify.pods import VARIATIONS
from tests.live.clusters import GROUP, RandomCluster, bound, create, made, remove, user
from tests.live.dry_runs import DryRuns, alike
from tests.live.server import ApiServer

JSONObject = dict[str, Any]
OBJECTS = 2000 if os.environ.get("RBACPSP_LONG") else 250
TEMPLATE_KINDS = ("ReplicaSet", "Deployment", "DaemonSet", "StatefulSet")
KINDS = ("Pod", "Pod", "Pod", *TEMPLATE_KINDS, "Job", "CronJob", "ReplicationController", "PodTemplate")


def random_pod(draw: random.Random) -> JSONObject:
    """The metadata and the spec of a pod that is valid except for its variations."""
    containers = [{"name": name, "image": "i"} for name in ("app", "side")[: draw.choice((1, 1, 2))]]
    pod: JSONObject = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": containers}}
    account = draw.choice(("", "", "builder", "quiet", "gone"))
    if account:
        pod["spec"]["serviceAccountName"] = account
    if draw.random() < 0.3:
        good = {
            "allowPrivilegeEscalation": False,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        for container in containers:
            container["securityContext"] = dict(good)  # type: ignore[assignment]
    for vary in draw.sample(list(VARIATIONS), draw.choice((0, 0, 1, 1, 2, 3))):
        vary(pod, draw)
    if draw.random() < 0.1:
        draw.choice(SPOILS)(pod)
    return pod


def random_object(draw: random.Random, number: int, namespace: str) -> JSONObject:
    """A pod or a workload; its kind, its pod and its namespace are random."""
    kind, name = draw.choice(KINDS), f"o{number}"
    pod = random_pod(draw)
    if kind == "Pod":
        result = made("v1", kind, name, namespace)
        result["metadata"] |= pod["metadata"]
        return result | {"spec": pod["spec"]}
    if kind == "PodTemplate":
        return made("v1", kind, name, namespace) | {"template": pod}
    if kind == "ReplicationController":
        return made("v1", kind, name, namespace) | {"spec": {"selector": {"app": "x"}, "template": pod}}
    if kind in {"Job", "CronJob"}:
        pod["spec"]["restartPolicy"] = "Never"
        if kind == "Job":
            return made("batch/v1", kind, name, namespace) | {"spec": {"template": pod}}
        job = {"spec": {"template": pod}}
        return made("batch/v1", kind, name, namespace) | {
            "spec": {"schedule": "* * * * *", "jobTemplate": job}
        }
    spec: JSONObject = {"selector": {"matchLabels": {"app": "x"}}, "template": pod}
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return made("apps/v1", kind, name, namespace) | {"spec": spec}


def _no_image(pod: JSONObject) -> None:
    del pod["spec"]["containers"][0]["image"]


def _twice(pod: JSONObject) -> None:
    pod["spec"]["containers"].append(dict(pod["spec"]["containers"][0]))


def _nothing(pod: JSONObject) -> None:
    pod["spec"]["containers"] = []


def _other_label(pod: JSONObject) -> None:
    pod["metadata"]["labels"] = {"app": "y"}


def _bad_name(pod: JSONObject) -> None:
    pod["spec"]["containers"][0]["name"] = "A_b"


SPOILS = (_no_image, _twice, _nothing, _other_label, _bad_name)
"""What makes a pod or its workload invalid, whoever sends it."""


def random_user(draw: random.Random, drawn: RandomCluster) -> User:
    """A user with permissions, or one without."""
    chance = draw.random()
    if chance < 0.2:
        return User.service_account(draw.choice(drawn.namespaces), draw.choice(("builder", "default")))
    groups = draw.sample(("dev", "ops"), draw.randrange(2))
    name = draw.choice(("deployer", "user-0", "user-1", "user-2", "nobody"))
    return User.impersonate(name, tuple(groups) if groups else ())


@pytest.fixture
def cluster(server: ApiServer) -> Iterator[RandomCluster]:
    """A random cluster in which some users may create workloads; it is removed afterwards."""
    drawn = RandomCluster("submit", f"submit {server.release}", policies=server.release.startswith("v1.24."))
    create(server, drawn)
    writes = {"verbs": ["create"], "apiGroups": ["", "apps", "batch"], "resources": ["*"]}
    server.create(
        made(f"{GROUP}/v1", "ClusterRole", "submit-writes") | {"rules": [writes]},
        bound("submit-deployer", "", "ClusterRole", "submit-writes", [user("deployer"), user("user-0")]),
        bound("submit-one", drawn.namespaces[0], "ClusterRole", "submit-writes", [user("user-1")]),
    )
    time.sleep(1)  # until the server has seen its own objects
    yield drawn
    remove(server, drawn)


@pytest.mark.live
def test_random_objects_are_accepted_or_refused_by_the_same_check_as_on_the_server(
    server: ApiServer, cluster: RandomCluster
) -> None:
    ours = connect(kubeconfig=str(server.kubeconfig()))
    draw = random.Random(7)  # noqa: S311 - the same objects each time
    differing: list[str] = []
    counts: Counter[str | None] = Counter()
    pods: Counter[str | None] = Counter()
    with closing(DryRuns(server)) as server_says:
        for number in range(OBJECTS):
            obj = random_object(draw, number, draw.choice(cluster.namespaces))
            who = random_user(draw, cluster)
            differing += _compared(ours, server_says, obj, who, counts, pods)
    assert differing == []
    assert min(counts[None], counts["rbac"]) > OBJECTS // 10, counts
    for refuser_ in ("podsecurity", "serviceaccount", "validation"):
        assert counts[refuser_] + pods[refuser_] > 0, (counts, pods)
    assert bool(pods["psp"]) is server.release.startswith("v1.24.")


def _compared(
    ours: Cluster,
    server_says: DryRuns,
    obj: JSONObject,
    who: User,
    told: Counter[str | None],
    pods: Counter[str | None],
) -> Iterator[str]:
    found, theirs = ours.submit(obj, user=who), server_says.create(obj, who)
    told[theirs.by] += 1
    if found.refused_by != theirs.by or (
        theirs.by != "validation" and alike(found.message) != alike(theirs.message)
    ):
        yield f"{obj}\n  {who}\n  ours:   {found.refused_by} {found.message}\n  theirs: {theirs}"
    for pod, made_pod in zip(found.pods, _made(ours, obj) if found else (), strict=True):
        if pod.creator is None:
            continue
        body = {**made_pod, "metadata": {**made_pod["metadata"], "namespace": found.namespace}}
        said = server_says.create(body, pod.creator)
        pods[said.by] += 1
        if pod.refused_by != said.by or alike(pod.message) != alike(said.message):
            yield f"pod of {obj}\n  ours:   {pod.refused_by} {pod.message}\n  theirs: {said}"


def _made(ours: Cluster, obj: JSONObject) -> list[JSONObject]:
    if obj["kind"] == "Pod":
        return []
    return [each.pod for each in pods_of(obj, ours.policy_version, ours.catalog.controllers)]

"""Writes files with a cluster that has policies, and manifests to check in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from rbacpsp.testing import ClusterBuilder, pod

JSON = dict[str, Any]
Write = Callable[..., str]

STRICT: JSON = {"runAsUser": {"rule": "MustRunAsNonRoot"}, "volumes": ["secret", "projected"]}


def cluster() -> ClusterBuilder:
    """Builders may use `strict` in team-a; the replicaset-controller may use `lax` in team-b."""
    return (
        ClusterBuilder()
        .policy("lax", privileged=True)
        .policy("strict", **STRICT)
        .may_use("strict", "ServiceAccount/team-a:builder", namespace="team-a")
        .may_use("lax", "ServiceAccount/kube-system:replicaset-controller", namespace="team-b")
        .role("make", {"verbs": ["create"], "apiGroups": [""], "resources": ["pods"]}, namespace="team-a")
        .bind("make", "User/dev", namespace="team-a")
    )


def web(namespace: str = "team-a", account: str = "builder", **spec: Any) -> JSON:
    return pod("web", namespace=namespace, serviceAccountName=account, **spec)


def workload(kind: str, name: str = "app", namespace: str = "team-a", **spec: Any) -> JSON:
    """A workload of any kind, whose pods are like `web`."""
    template = {"metadata": {"labels": {"app": name}}, "spec": web(**spec)["spec"]}
    inner: JSON = {"selector": {"matchLabels": {"app": name}}, "template": template}
    group = "v1" if kind == "ReplicationController" else "apps/v1"
    if kind in {"Job", "CronJob"}:
        group, inner = "batch/v1", {"template": template}
    if kind == "CronJob":
        inner = {"schedule": "* * * * *", "jobTemplate": {"spec": inner}}
    if kind == "ReplicationController":
        inner["selector"] = {"app": name}
    return {
        "apiVersion": group,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": inner,
    }


def write_into(folder: Path) -> Write:
    """Writes objects to a file of the folder: a List for a cluster, or documents of YAML."""

    def written(name: str, *objects: JSON | str) -> str:
        path = folder / name
        texts = [each if isinstance(each, str) else yaml.safe_dump(each) for each in objects]
        path.write_text("---\n".join(texts), encoding="utf-8")
        return str(path)

    return written


def write_cluster(folder: Path, builder: ClusterBuilder, name: str = "cluster.json") -> str:
    path = folder / name
    path.write_text(
        json.dumps({"kind": "List", "apiVersion": "v1", "items": builder.objects}), encoding="utf-8"
    )
    return str(path)

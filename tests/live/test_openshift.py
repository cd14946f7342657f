"""Tests that OpenShift's own kinds are requested only from servers that serve them."""

from pathlib import Path
from typing import Any

import rbacpsp
from rbacpsp.model import Version
from tests.live.fake import Asked, Reply, run_fake, status

GROUP = "/apis/security.openshift.io/v1"
CONSTRAINT = {
    "apiVersion": "security.openshift.io/v1",
    "kind": "SecurityContextConstraints",
    "metadata": {"name": "mine"},
    "runAsUser": {"type": "RunAsAny"},
    "seLinuxContext": {"type": "RunAsAny"},
}


def listed(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "kind": "SecurityContextConstraintsList",
        "apiVersion": "security.openshift.io/v1",
        "metadata": {"resourceVersion": "7"},
        "items": items,
    }


def openshift(asked: Asked, _: int) -> Reply | None:
    if asked.path == GROUP:
        return Reply({"kind": "APIResourceList", "groupVersion": "security.openshift.io/v1", "resources": []})
    if asked.path == f"{GROUP}/securitycontextconstraints":
        return Reply(listed([CONSTRAINT]))
    if asked.path == "/apis/config.openshift.io/v1/clusterversions/version":
        return Reply({"kind": "ClusterVersion", "status": {"desired": {"version": "4.19.5"}}})
    return None


def kubernetes(asked: Asked, _: int) -> Reply | None:
    return Reply(status(404), 404) if asked.path.startswith("/apis/security.openshift.io") else None


def test_constraints_and_the_release_are_read_where_they_are_served(tmp_path: Path) -> None:
    with run_fake(openshift) as fake:
        cluster = rbacpsp.connect(kubeconfig=fake.kubeconfig(tmp_path), kinds={"SecurityContextConstraints"})
    assert list(cluster.objects.constraints) == ["mine"]
    assert (cluster.openshift_version, cluster.openshift_is_assumed) == (Version(4, 19), False)


def test_plain_kubernetes_gets_no_request_for_them(tmp_path: Path) -> None:
    with run_fake(kubernetes) as fake:
        cluster = rbacpsp.connect(kubeconfig=fake.kubeconfig(tmp_path), kinds={"SecurityContextConstraints"})
        paths = [each.path for each in fake.asked]
    assert (cluster.openshift_version, cluster.unread()) == (None, ())
    assert GROUP in paths
    assert not any("securitycontextconstraints" in path or "clusterversions" in path for path in paths)

"""Tests the security model of docs/live.md: its ClusterRole is the smallest that is sufficient."""

import copy
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from rbacpsp.cli import main
from rbacpsp.live import connect
from tests.live.clusters import bound, user
from tests.live.fake import run_fake
from tests.live.server import ApiServer

PAGE = (Path(__file__).parents[2] / "docs" / "live.md").read_text(encoding="utf-8")
MODEL = PAGE.partition("## What is sent to the server")[2].partition("\n## ")[0]
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"


def smallest_role() -> dict[str, Any]:
    paths = re.search(r"```yaml\n(.*?)```", MODEL, re.DOTALL)
    assert paths
    role: dict[str, Any] = yaml.safe_load(paths[1])
    return role


@pytest.fixture
def role(server: ApiServer) -> Iterator[dict[str, Any]]:
    """The page's role, granted to erin."""
    result = smallest_role()
    server.create(result, bound("rbacpsp", "", "ClusterRole", "rbacpsp", [user("erin")]))
    time.sleep(0.5)
    yield result
    server.request("DELETE", f"{BINDINGS}/rbacpsp")
    server.request("DELETE", f"{ROLES}/rbacpsp")


@pytest.mark.live
def test_the_smallest_role_suffices(server: ApiServer, role: dict[str, Any]) -> None:
    assert role["metadata"]["name"] == "rbacpsp"
    cluster = connect(kubeconfig=server.kubeconfig(login=server.client_certificate("erin")))
    assert cluster.unread() == ()
    assert len(cluster.objects.cluster_roles) > 50


@pytest.mark.live
def test_without_any_of_its_resources_something_is_missing(server: ApiServer, role: dict[str, Any]) -> None:
    login = server.kubeconfig(login=server.client_certificate("erin"))
    for number, rule in enumerate(role["rules"]):
        if rule["apiGroups"][0].endswith((".openshift.io", "argoproj.io")) or "resourceNames" in rule:
            continue  # these servers have none of its resources: no OpenShift, no Argo CD, and not EKS
        for resource in rule["resources"]:
            if resource == "podsecuritypolicies" and not server.release.startswith("v1.24."):
                continue
            less = copy.deepcopy(role)
            less["rules"][number]["resources"].remove(resource)
            if not less["rules"][number]["resources"]:
                del less["rules"][number]
            server.request("PUT", f"{ROLES}/rbacpsp", less)
            for _ in range(50):
                missing = {gap.resource for gap in connected_gaps(login)}
                if missing == {resource}:
                    break
                time.sleep(0.1)
            assert missing == {resource}


def connected_gaps(login: Path) -> tuple[Any, ...]:
    server = connect(kubeconfig=login).objects.server
    assert server
    return server.gaps


@pytest.mark.live
def test_its_first_rule_suffices_for_questions_about_access(server: ApiServer, role: dict[str, Any]) -> None:
    server.request("PUT", f"{ROLES}/rbacpsp", {**role, "rules": role["rules"][:1]})
    time.sleep(0.5)
    login = str(server.kubeconfig(login=server.client_certificate("erin")))
    for line in (
        "who-can get secrets",
        "can-i get secrets --as alice",
        "roles get secrets",
        "rules alice",
        "matrix secrets",
    ):
        result = CliRunner().invoke(main, [*line.split(), "--strict", "--kubeconfig", login])
        assert result.exit_code in {0, 1}, (line, result.output)


PATHS = (
    r"/version|/api|/apis|/api/v1|/apis/[^/]+/[^/]+"
    r"|/rbacpsp-asks-who-it-is|/apis/config\.openshift\.io/v1/clusterversions/version"
    r"|/apis/authentication\.k8s\.io/v1(alpha1|beta1)?/(selfsubjectreviews|tokenreviews)"
    r"|/apis/authorization\.k8s\.io/v1/(self)?subjectaccessreviews"
)


def test_only_requests_of_the_security_model_are_sent(tmp_path: Path) -> None:
    listed = {resource for rule in smallest_role()["rules"] for resource in rule["resources"]}
    listed |= set(re.findall(r"list` of ([a-z]+)\.security\.openshift\.io", MODEL))
    with run_fake(lambda *_: None) as fake:
        login = fake.kubeconfig(tmp_path)
        for line in (
            "lookup",
            "psp users",
            "audit",
            f"snapshot -o {tmp_path / 'x'}",
            "who-can get pods -n a",
            "whoami",
        ):
            CliRunner().invoke(main, [*line.split(), "--kubeconfig", login])
    assert len(fake.asked) > 40
    for asked in fake.asked:
        if not re.fullmatch(PATHS, asked.path):
            assert asked.method == "GET"
            assert asked.path.rpartition("/")[2] in listed, asked.path
            assert "secrets" not in asked.path

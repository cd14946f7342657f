"""Tests that the ConfigMap of an Argo CD is read where a live server has one of its projects."""

from pathlib import Path
from typing import Any

import pytest

from rbacpsp.live import connect
from tests.live.fake import Asked, Reply, run_fake, status

PROJECTS = "/apis/argoproj.io/v1alpha1/appprojects"
SETTINGS = "/api/v1/namespaces/argocd/configmaps/argocd-cmd-params-cm"
IDENTITY = "/api/v1/namespaces/argocd/configmaps/argocd-cm"
PROJECT: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "AppProject",
    "metadata": {"name": "default", "namespace": "argocd"},
    "spec": {"sourceNamespaces": ["*"]},
}
CONFIG_MAP = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "argocd-cmd-params-cm", "namespace": "argocd"},
    "data": {"application.namespaces": "team-*", "redis.server": "argocd-redis:6379"},
}
FOUND = Reply(CONFIG_MAP)
NOT_FOUND = Reply(status(404, "configmaps not found"), 404)
FORBIDDEN = Reply(status(403, "configmaps is forbidden"), 403)


def read(
    folder: Path, answer: Reply, *projects: dict[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...], list[str]]:
    """The data of the ConfigMap that was read, what could not be read, and the requests."""

    def answered(asked: Asked, _: int) -> Reply | None:
        if asked.path == "/apis":
            versions = [{"groupVersion": "argoproj.io/v1alpha1", "version": "v1alpha1"}]
            return Reply({"kind": "APIGroupList", "groups": [{"name": "argoproj.io", "versions": versions}]})
        if asked.path == "/apis/argoproj.io/v1alpha1":
            row = {"name": "appprojects", "kind": "AppProject", "namespaced": True, "verbs": ["get", "list"]}
            served = {"kind": "APIResourceList", "groupVersion": "argoproj.io/v1alpha1", "resources": [row]}
            return Reply(served)
        if asked.path == PROJECTS:
            listed = {"kind": "AppProjectList", "apiVersion": "argoproj.io/v1alpha1", "metadata": {}}
            return Reply({**listed, "items": list(projects)})
        if asked.path == IDENTITY:
            return NOT_FOUND
        return answer if asked.path == SETTINGS else None

    with run_fake(answered) as fake:
        cluster = connect(kubeconfig=fake.kubeconfig(folder))
        config_map = cluster.objects.surroundings.get(("ConfigMap", "argocd", "argocd-cmd-params-cm"))
        data = config_map.body["data"] if config_map else {}
        return data, tuple(cluster.unread()), [each.path for each in fake.asked]


def test_only_the_namespaces_of_applications_are_kept_of_the_config_map(tmp_path: Path) -> None:
    data, unread, paths = read(tmp_path, FOUND, PROJECT)
    assert data == {"application.namespaces": "team-*"}
    assert not any("Argo CD" in each for each in unread)
    assert (paths.count(SETTINGS), paths.count(IDENTITY)) == (1, 1)


def test_without_a_project_no_config_map_is_requested(tmp_path: Path) -> None:
    data, _, paths = read(tmp_path, FOUND)
    assert data == {}
    assert SETTINGS not in paths


@pytest.mark.parametrize(("answer", "is_reported"), [(NOT_FOUND, False), (FORBIDDEN, True)])
def test_a_config_map_that_may_not_be_read_is_reported_and_a_missing_one_is_not(
    answer: Reply, tmp_path: Path, *, is_reported: bool
) -> None:
    data, unread, _ = read(tmp_path, answer, PROJECT)
    assert data == {}
    assert any("takes Applications is unknown" in each for each in unread) == is_reported

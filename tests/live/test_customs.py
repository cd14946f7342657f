"""Tests that custom resources with pod templates are read where a live server serves them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from tests.live.fake import Asked, Reply, run_fake, status

ROLLOUTS = "/apis/argoproj.io/v1alpha1/rollouts"
APPS = "/apis/example.com/v1/apps"
VERBS = ["get", "list"]


def custom(kind: str, version: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "web", "namespace": "x"}, "spec": spec}


PRIVILEGED = {"spec": {"containers": [{"name": "c", "image": "i", "securityContext": {"privileged": True}}]}}


def resources(version: str, *rows: tuple[str, str]) -> dict[str, Any]:
    listed = [{"name": name, "kind": kind, "namespaced": True, "verbs": VERBS} for name, kind in rows]
    return {"kind": "APIResourceList", "groupVersion": version, "resources": listed}


def listed(kind: str, version: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"kind": kind, "apiVersion": version, "metadata": {}, "items": items}


def answer(asked: Asked, _: int, *, refuse: bool = False) -> Reply | None:
    if asked.path == "/apis":
        groups = [
            {"name": group, "versions": [{"groupVersion": version, "version": version.rpartition("/")[2]}]}
            for group, version in (("argoproj.io", "argoproj.io/v1alpha1"), ("example.com", "example.com/v1"))
        ]
        return Reply({"kind": "APIGroupList", "groups": groups})
    if asked.path == "/apis/argoproj.io/v1alpha1":
        return Reply(
            resources("argoproj.io/v1alpha1", ("rollouts", "Rollout"), ("rollouts/status", "Rollout"))
        )
    if asked.path == "/apis/example.com/v1":
        return Reply(resources("example.com/v1", ("apps", "App")))
    if asked.path == ROLLOUTS and refuse:
        return Reply(status(403, "rollouts is forbidden"), 403)
    if asked.path == ROLLOUTS:
        items = [custom("Rollout", "argoproj.io/v1alpha1", {"template": PRIVILEGED})]
        return Reply(
            {"kind": "RolloutList", "apiVersion": "argoproj.io/v1alpha1", "metadata": {}, "items": items}
        )
    if asked.path == APPS:
        items = [custom("App", "example.com/v1", {"tpl": PRIVILEGED})]
        return Reply(listed("AppList", "example.com/v1", items))
    return None


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., tuple[Result, list[str]]]:
    def asked(*arguments: str, refuse: bool = False) -> tuple[Result, list[str]]:
        with run_fake(lambda request, count: answer(request, count, refuse=refuse)) as fake:
            kubeconfig = fake.kubeconfig(tmp_path)
            result = CliRunner().invoke(main, [*arguments, "--kubeconfig", kubeconfig])
            return result, [each.path for each in fake.asked]

    return asked


def test_what_the_server_serves_of_the_known_kinds_is_read_and_judged(
    ask: Callable[..., tuple[Result, list[str]]],
) -> None:
    result, paths = ask("psa", "suggest", "-o", "json")
    (found,) = json.loads(result.stdout)["items"]
    assert [blocker["object"]["kind"] for blocker in found["blockers"]] == ["Rollout"]
    assert paths.count(ROLLOUTS) == 1
    assert APPS not in paths
    audited, _ = ask("audit", "-o", "json")
    assert "RBP131" in {finding["rule"] for finding in json.loads(audited.stdout)["findings"]}


def test_a_kind_that_is_named_is_read_as_well(ask: Callable[..., tuple[Result, list[str]]]) -> None:
    result, paths = ask("psa", "label", "x=baseline", "--template-path", "example.com/App=.spec.tpl")
    assert "App web could not recreate its pods" in result.stderr
    assert paths.count(APPS) == 1


def test_kinds_that_may_not_be_read_are_reported(ask: Callable[..., tuple[Result, list[str]]]) -> None:
    result, _ = ask("audit", refuse=True)
    assert "the pods they make are not judged" in result.output


def test_answers_about_access_read_no_custom_resource(ask: Callable[..., tuple[Result, list[str]]]) -> None:
    _, paths = ask("who-can", "get", "pods")
    assert ROLLOUTS not in paths

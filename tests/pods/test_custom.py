"""Tests the pods of custom resources: from templates, or assembled from several fields."""

from typing import Any

import pytest

from rbacpsp.catalog import CONTROLLERS
from rbacpsp.model.pod_templates import known_kinds, read_template_path, values_at
from rbacpsp.pods.custom import CustomPod, custom_pods

JSON = dict[str, Any]
POD = {"containers": [{"name": "c", "image": "i"}]}
KINDS = list(known_kinds())


def pods(obj: JSON) -> tuple[CustomPod, ...]:
    kind = known_kinds().find(obj["apiVersion"], obj["kind"])
    assert kind is not None
    return custom_pods({"metadata": {"name": "x", "namespace": "n"}} | obj, kind)


def built(path: str, template: Any) -> JSON:
    """The smallest object that has a template at a path."""
    if path == ".":
        return dict(template)
    value = template
    for step in reversed(path.removeprefix(".").split(".")):
        key, _, every = step.partition("[")
        value = {"Worker" if key == "*" else key: [value] if every else value}
    return dict(value)


@pytest.mark.parametrize("kind", KINDS, ids=[kind.qualified for kind in KINDS])
def test_each_custom_kind_has_a_source_and_one_way_to_find_its_pods(kind: Any) -> None:
    assert kind.source.startswith("https://")
    assert [bool(kind.paths), bool(kind.assembled), bool(kind.none)].count(True) == 1
    assert kind.through in {"", *CONTROLLERS}


PATHS = [(kind, path) for kind in KINDS for path in kind.paths]


@pytest.mark.parametrize(("kind", "path"), PATHS, ids=[f"{kind.qualified}{path}" for kind, path in PATHS])
def test_the_template_of_a_kind_is_found_at_each_of_its_paths(kind: Any, path: str) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": POD}
    obj = {"apiVersion": f"{kind.group}/v1", "kind": kind.kind, **built(path, template)}
    (found,) = pods({"metadata": {"name": "x", "namespace": "n"}} | obj)
    assert found.pod["spec"] == POD
    assert found.pod["metadata"]["generateName"] == "x-" or path == "."
    assert [value for _, value in values_at(obj, path)] == ([template] if path != "." else [obj])
    assert found.resource_path(("spec", "containers", 0)) == (*found.template_path, "spec", "containers", 0)


def test_a_missing_or_invalid_template_gives_no_pod() -> None:
    specs: tuple[JSON, ...] = (
        {},
        {"template": None},
        {"template": {"spec": None}},
        {"template": []},
        {"template": "x"},
    )
    for spec in specs:
        assert pods({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": spec}) == ()


def test_a_workflow_makes_a_pod_of_each_template_that_runs_containers() -> None:
    spec = {
        "serviceAccountName": "runner",
        "volumes": [{"name": "both", "emptyDir": {}}],
        "securityContext": {"runAsNonRoot": True},
        "podSpecPatch": "{}",
        "templates": [
            {"name": "steps", "steps": [[{"name": "a", "template": "b"}]]},
            {
                "name": "one",
                "container": {"image": "i"},
                "sidecars": [{"name": "s", "image": "j"}],
                "volumes": [{"name": "own", "hostPath": {"path": "/"}}],
            },
            {
                "name": "two",
                "script": {"image": "i", "source": "echo"},
                "serviceAccountName": "other",
                "securityContext": {"runAsUser": 0},
            },
        ],
    }
    first, second = pods({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": spec})
    assert first.pod["spec"] == {
        "containers": [{"image": "i", "name": "main"}, {"name": "s", "image": "j"}],
        "volumes": [{"name": "own", "hostPath": {"path": "/"}}, {"name": "both", "emptyDir": {}}],
        "serviceAccountName": "runner",
        "securityContext": {"runAsNonRoot": True},
    }
    assert second.pod["spec"]["serviceAccountName"] == "other"
    assert second.pod["spec"]["securityContext"] == {"runAsUser": 0}
    assert "source" not in second.pod["spec"]["containers"][0]
    assert (first.title, second.title) == ("spec.templates[1]", "spec.templates[2]")
    assert first.unseen == ("podSpecPatch is not applied",)
    assert first.resource_path(("spec", "containers", 0, "image")) == (
        "spec",
        "templates",
        1,
        "container",
        "image",
    )
    assert first.resource_path(("spec", "volumes", 1)) == ("spec", "volumes", 0)
    assert first.resource_path(("spec", "securityContext")) == ("spec", "securityContext")
    assert second.resource_path(("spec", "securityContext")) == ("spec", "templates", 2, "securityContext")
    cron = {"apiVersion": "argoproj.io/v1alpha1", "kind": "CronWorkflow", "spec": {"workflowSpec": spec}}
    assert [pod.pod["spec"] for pod in pods(cron)] == [first.pod["spec"], second.pod["spec"]]


def test_a_task_run_applies_the_step_template_to_every_step() -> None:
    spec = {
        "serviceAccountName": "bot",
        "podTemplate": {"hostNetwork": True, "volumes": [{"name": "p"}]},
        "taskSpec": {
            "stepTemplate": {"securityContext": {"privileged": True, "runAsUser": 0}},
            "steps": [{"name": "a"}, {"name": "b", "securityContext": {"privileged": False}}],
            "sidecars": [{"name": "s"}],
            "volumes": [{"name": "v"}],
        },
    }
    (found,) = pods({"apiVersion": "tekton.dev/v1", "kind": "TaskRun", "spec": spec})
    contexts = [container.get("securityContext") for container in found.pod["spec"]["containers"]]
    assert contexts == [
        {"privileged": True, "runAsUser": 0},
        {"privileged": False, "runAsUser": 0},
        None,
    ]
    assert found.pod["spec"]["volumes"] == [{"name": "v"}, {"name": "p"}]
    assert (found.pod["spec"]["hostNetwork"], found.pod["spec"]["serviceAccountName"]) == (True, "bot")
    assert found.resource_path(("spec", "containers", 1)) == ("spec", "taskSpec", "steps", 1)
    assert pods({"apiVersion": "tekton.dev/v1", "kind": "TaskRun", "spec": {"taskRef": {"name": "t"}}}) == ()


def test_a_pipeline_run_creates_a_pod_for_each_task_that_it_contains() -> None:
    tasks = [{"name": "a", "taskSpec": {"steps": [{"name": "a"}]}}, {"name": "b", "taskRef": {"name": "t"}}]
    spec = {
        "pipelineSpec": {"tasks": tasks, "finally": [{"name": "c", "taskSpec": {"steps": [{"name": "c"}]}}]},
        "taskRunTemplate": {"serviceAccountName": "bot", "podTemplate": {"runtimeClassName": "gvisor"}},
    }
    result = pods({"apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "spec": spec})
    assert [each.title for each in result] == [
        "spec.pipelineSpec.tasks[0].taskSpec",
        "spec.pipelineSpec.finally[0].taskSpec",
    ]
    assert {each.pod["spec"]["serviceAccountName"] for each in result} == {"bot"}
    assert {each.pod["spec"]["runtimeClassName"] for each in result} == {"gvisor"}


def test_a_spark_application_sets_its_fields_in_the_pods_of_driver_and_executor() -> None:
    spec = {
        "volumes": [{"name": "v"}],
        "driver": {
            "serviceAccount": "spark",
            "securityContext": {"privileged": True},
            "podSecurityContext": {"runAsUser": 1},
            "template": {"spec": {"containers": [{"name": "mine", "image": "i"}], "hostPID": True}},
        },
        "executor": {"hostNetwork": True},
    }
    driver, executor = pods(
        {"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication", "spec": spec}
    )
    assert driver.pod["spec"] == {
        "containers": [{"name": "mine", "image": "i", "securityContext": {"privileged": True}}],
        "volumes": [{"name": "v"}],
        "securityContext": {"runAsUser": 1},
        "serviceAccountName": "spark",
        "hostPID": True,
    }
    assert executor.pod["spec"]["containers"] == [{"name": "spark-kubernetes-executor"}]
    assert executor.pod["spec"]["hostNetwork"] is True


@pytest.mark.parametrize(
    "text",
    ["x", "example.com/App", "example.com/App=spec", "App=.spec", "example.com/app=.spec", "a.b/C=.x[0]"],
)
def test_an_invalid_template_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write GROUP/KIND=PATH"):
        read_template_path(text)


def test_several_paths_of_a_kind_are_added_to_what_is_known() -> None:
    given = map(read_template_path, ("a.io/App=.spec.a", "a.io/App=.spec.b[*].t", "argoproj.io/Rollout=.x"))
    kinds = known_kinds().with_paths(given)
    app, rollout = kinds.find("a.io/v1", "App"), kinds.find("argoproj.io/v1alpha1", "Rollout")
    assert app is not None
    assert app.paths == (".spec.a", ".spec.b[*].t")
    assert rollout is not None
    assert rollout.paths == (".x",)
    assert kinds.find("v1", "App") is None
    assert kinds.find("b.io/v1", "App") is None

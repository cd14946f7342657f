"""Tekton: a pod for each task, whose steps and sidecars are its containers.

A task is in a TaskRun, in the tasks of a Pipeline or PipelineRun, or an object itself; a run that refers to a
task by name contains nothing of its pod. The step template gives defaults to every step; the pod has the pod
template and the service account of the run.

Source: tektoncd/pipeline v0.66.0, pkg/pod/pod.go Build.
"""

from collections.abc import Iterator

from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import ValuePath, values_at
from rbacpsp.pods.custom.pod import Assembly, CustomPod, inside, merge

_TASKS = {
    "TaskRun": (".spec.taskSpec",),
    "PipelineRun": (".spec.pipelineSpec.tasks[*].taskSpec", ".spec.pipelineSpec.finally[*].taskSpec"),
    "Pipeline": (".spec.tasks[*].taskSpec", ".spec.finally[*].taskSpec"),
    "Task": (".spec",),
    "ClusterTask": (".spec",),
}
_RUNS = (".spec.taskRunTemplate", ".spec")
"""The path of the settings for all pods of a run; v1beta1 has them in the spec itself."""
_NEWEST_RUNS = {"PipelineRun": ("taskRunTemplate",)}
"""The path of these settings below `spec` in the newest version, where it is not `spec` itself."""
_OF_POD_TEMPLATE = (
    "securityContext",
    "hostNetwork",
    "hostAliases",
    "runtimeClassName",
    "automountServiceAccountToken",
    "imagePullSecrets",
    "dnsPolicy",
    "dnsConfig",
)


def pods(body: JSONObject) -> Iterator[CustomPod]:
    """The pods of a TaskRun or PipelineRun, or of the tasks that others refer to."""
    for path in _TASKS.get(str(body.get("kind")), ()):
        for task_path, task in values_at(body, path):
            if isinstance(task, dict):
                assembly = _assemble(body, task, task_path)
                if assembly.has_containers():
                    yield assembly.pod(body)


def _assemble(body: JSONObject, task: JSONObject, task_path: ValuePath) -> Assembly:
    assembly = Assembly(task_path)
    base = task.get("stepTemplate") or {}
    assembly.add("containers", inside(task, ".steps[*]", task_path), lambda step: merge(base, step))
    assembly.add("containers", inside(task, ".sidecars[*]", task_path))
    assembly.add("volumes", inside(task, ".volumes[*]", task_path))
    for run in _RUNS:
        assembly.add("volumes", values_at(body, f"{run}.podTemplate.volumes[*]"))
    settings_path = ("spec", *_NEWEST_RUNS.get(str(body.get("kind")), ()))
    for field in _OF_POD_TEMPLATE:
        alternatives = (values_at(body, f"{run}.podTemplate.{field}") for run in _RUNS)
        assembly.choose(field, (*settings_path, "podTemplate", field), *alternatives)
    accounts = (values_at(body, f"{run}.serviceAccountName") for run in _RUNS)
    assembly.choose("serviceAccountName", (*settings_path, "serviceAccountName"), *accounts)
    return assembly

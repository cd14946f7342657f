"""Tekton: a pod for each task, whose steps and sidecars are its containers.

A task stands in a TaskRun, in the tasks of a Pipeline or PipelineRun, or by itself; a run that refers to a
task by name contains nothing of its pod. The step template gives defaults to every step; the run's pod
template and service account are the pod's.

Source: tektoncd/pipeline v0.66.0, pkg/pod/pod.go Build.
"""

from collections.abc import Iterator

from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import Place, places
from rbacpsp.pods.custom.pod import Assembly, CustomPod, inside, merged

_TASKS = {
    "TaskRun": (".spec.taskSpec",),
    "PipelineRun": (".spec.pipelineSpec.tasks[*].taskSpec", ".spec.pipelineSpec.finally[*].taskSpec"),
    "Pipeline": (".spec.tasks[*].taskSpec", ".spec.finally[*].taskSpec"),
    "Task": (".spec",),
    "ClusterTask": (".spec",),
}
_RUNS = (".spec.taskRunTemplate", ".spec")
"""The path of the settings for all pods of a run; v1beta1 has them in the spec itself."""
_HOMES = {"PipelineRun": ("taskRunTemplate",)}
"""Its path below `spec` in the newest version."""
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
        for place, task in places(body, path):
            if isinstance(task, dict):
                assembly = _assembled(body, task, place)
                if assembly.has_containers():
                    yield assembly.pod(body)


def _assembled(body: JSONObject, task: JSONObject, place: Place) -> Assembly:
    assembly = Assembly(place)
    base = task.get("stepTemplate") or {}
    assembly.add("containers", inside(task, ".steps[*]", place), lambda step: merged(base, step))
    assembly.add("containers", inside(task, ".sidecars[*]", place))
    assembly.add("volumes", inside(task, ".volumes[*]", place))
    for run in _RUNS:
        assembly.add("volumes", places(body, f"{run}.podTemplate.volumes[*]"))
    home = ("spec", *_HOMES.get(str(body.get("kind")), ()))
    for field in _OF_POD_TEMPLATE:
        found = (places(body, f"{run}.podTemplate.{field}") for run in _RUNS)
        assembly.choose(field, (*home, "podTemplate", field), *found)
    accounts = (places(body, f"{run}.serviceAccountName") for run in _RUNS)
    assembly.choose("serviceAccountName", (*home, "serviceAccountName"), *accounts)
    return assembly

"""Argo Workflows: a pod for each template of a workflow that runs containers.

Fields of a template win over those of the workflow's spec; volumes of both are used. Steps, DAGs, suspensions
and HTTP requests run no container; the controller writes the containers of `resource` and `data` templates.

Source: argoproj/argo-workflows v3.6.2, workflow/controller/workflowpod.go createWorkflowPod.
"""

from collections.abc import Iterator
from typing import Any

from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import Place, places
from rbacpsp.pods.custom.pod import Assembly, CustomPod, inside, merged

_CONTAINERS = (".container", ".script", ".containerSet.containers[*]")
_BOTH = ("serviceAccountName", "automountServiceAccountToken", "securityContext")
"""Fields of a template, else of the workflow's spec."""
_OF_WORKFLOW = ("hostNetwork", "hostAliases", "imagePullSecrets", "dnsPolicy", "dnsConfig")


def pods(body: JSONObject) -> Iterator[CustomPod]:
    """The pods of a Workflow, a CronWorkflow or a template of workflows."""
    for root in (".spec.workflowSpec", ".spec"):
        for where, spec in places(body, root):
            if isinstance(spec, dict) and isinstance(spec.get("templates"), list):
                yield from _of_spec(body, spec, where)
                return


def _of_spec(body: JSONObject, spec: JSONObject, where: Place) -> Iterator[CustomPod]:
    defaults = spec.get("templateDefaults") or {}
    for at, template in places(spec, ".templates[*]"):
        if isinstance(template, dict):
            assembly = _assembled(spec, merged(defaults, template), where, (*where, *at))
            if assembly.has_containers():
                yield assembly.pod(body)


def _assembled(spec: JSONObject, template: JSONObject, where: Place, place: Place) -> Assembly:
    assembly = Assembly(place)
    assembly.metadata = template.get("metadata")
    for path in _CONTAINERS:
        assembly.add("containers", inside(template, path, place), _named)
    if not assembly.has_containers():
        return assembly
    assembly.add("containers", inside(template, ".sidecars[*]", place))
    assembly.add("initContainers", inside(template, ".initContainers[*]", place))
    assembly.add("volumes", inside(template, ".volumes[*]", place))
    assembly.add("volumes", inside(spec, ".volumes[*]", where))
    for field in _BOTH:
        found = inside(template, f".{field}", place)
        assembly.choose(field, (*place, field), found, inside(spec, f".{field}", where))
    for field in _OF_WORKFLOW:
        assembly.choose(field, (*where, field), inside(spec, f".{field}", where))
    if template.get("podSpecPatch") or spec.get("podSpecPatch"):
        assembly.unseen.append("podSpecPatch is not applied")
    return assembly


def _named(container: JSONObject) -> JSONObject:
    """A container with the name that the controller gives it; a script becomes one too."""
    kept: dict[str, Any] = {key: value for key, value in container.items() if key != "source"}
    return {**kept, "name": kept.get("name") or "main"}

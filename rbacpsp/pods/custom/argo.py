"""Argo Workflows: a pod for each template of a workflow that runs containers.

Fields of a template override those of the workflow's spec; the volumes of both are used. Steps, DAGs,
suspensions and HTTP requests run no container; the controller writes the containers of `resource` and `data`
templates.

Source: argoproj/argo-workflows v3.6.2, workflow/controller/workflowpod.go createWorkflowPod.
"""

from collections.abc import Iterator
from typing import Any

from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import ValuePath, values_at
from rbacpsp.pods.custom.pod import Assembly, CustomPod, inside, merge

_CONTAINERS = (".container", ".script", ".containerSet.containers[*]")
_BOTH = ("serviceAccountName", "automountServiceAccountToken", "securityContext")
"""Fields that are taken from a template, or from the workflow's spec if the template lacks them."""
_OF_WORKFLOW = ("hostNetwork", "hostAliases", "imagePullSecrets", "dnsPolicy", "dnsConfig")


def pods(body: JSONObject) -> Iterator[CustomPod]:
    """The pods of a Workflow, a CronWorkflow or a template of workflows."""
    for root in (".spec.workflowSpec", ".spec"):
        for root_path, spec in values_at(body, root):
            if isinstance(spec, dict) and isinstance(spec.get("templates"), list):
                yield from _of_spec(body, spec, root_path)
                return


def _of_spec(body: JSONObject, spec: JSONObject, spec_path: ValuePath) -> Iterator[CustomPod]:
    defaults = spec.get("templateDefaults") or {}
    for template_path, template in values_at(spec, ".templates[*]"):
        if isinstance(template, dict):
            assembly = _assemble(spec, merge(defaults, template), spec_path, (*spec_path, *template_path))
            if assembly.has_containers():
                yield assembly.pod(body)


def _assemble(
    spec: JSONObject, template: JSONObject, spec_path: ValuePath, template_path: ValuePath
) -> Assembly:
    assembly = Assembly(template_path)
    assembly.metadata = template.get("metadata")
    for path in _CONTAINERS:
        assembly.add("containers", inside(template, path, template_path), _main_container)
    if not assembly.has_containers():
        return assembly
    assembly.add("containers", inside(template, ".sidecars[*]", template_path))
    assembly.add("initContainers", inside(template, ".initContainers[*]", template_path))
    assembly.add("volumes", inside(template, ".volumes[*]", template_path))
    assembly.add("volumes", inside(spec, ".volumes[*]", spec_path))
    for field in _BOTH:
        template_values = inside(template, f".{field}", template_path)
        assembly.choose(field, (*template_path, field), template_values, inside(spec, f".{field}", spec_path))
    for field in _OF_WORKFLOW:
        assembly.choose(field, (*spec_path, field), inside(spec, f".{field}", spec_path))
    if template.get("podSpecPatch") or spec.get("podSpecPatch"):
        assembly.unseen.append("podSpecPatch is not applied")
    return assembly


def _main_container(container: JSONObject) -> JSONObject:
    """A container, or a script as one, with the name that the controller gives it."""
    fields: dict[str, Any] = {key: value for key, value in container.items() if key != "source"}
    return {**fields, "name": fields.get("name") or "main"}

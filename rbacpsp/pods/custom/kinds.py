"""Finds the pods of a custom resource of a known kind."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rbacpsp.catalog.controllers import Account
from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import TemplateKind, values_at
from rbacpsp.pods.custom import argo, spark, tekton
from rbacpsp.pods.custom.pod import CustomPod, from_template
from rbacpsp.pods.templates import ControllerPod

_ASSEMBLERS: dict[str, Callable[[JSONObject], Iterator[CustomPod]]] = {
    "argo": argo.pods,
    "spark": spark.pods,
    "tekton": tekton.pods,
}
"""The functions that assemble pods, by `TemplateKind.assembled`."""


def custom_pods(body: JSONObject, kind: TemplateKind) -> tuple[CustomPod, ...]:
    """The pods that a custom resource describes; none if it refers to a template elsewhere.

    The types of fields are checked when the pods are read.
    """
    if kind.assembled:
        return tuple(_ASSEMBLERS[kind.assembled](body))
    return tuple(
        from_template(template, path_of_template, body)
        for path in kind.paths
        for path_of_template, template in values_at(body, path)
        if _has_pod_spec(template)
    )


def controller_pods(
    body: JSONObject, kind: TemplateKind, controllers: Mapping[str, Account]
) -> tuple[ControllerPod, ...]:
    """The pods that a custom resource describes, each with the controller that submits it, if that is known.

    Where there are several, the name of the resource is followed by the path of the template.
    """
    metadata = body.get("metadata")
    metadata_map: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
    account = controllers.get(kind.kind) or controllers.get(kind.through)
    creator = None if account is None else account.user
    name, namespace = str(metadata_map.get("name") or ""), str(metadata_map.get("namespace") or "")
    pods = custom_pods(body, kind)
    return tuple(
        ControllerPod(
            kind.word, f"{name} at {pod.title}" if len(pods) > 1 else name, namespace, pod.pod, creator
        )
        for pod in pods
    )


def _has_pod_spec(template: Any) -> bool:
    return isinstance(template, dict) and isinstance(template.get("spec"), dict) and bool(template["spec"])

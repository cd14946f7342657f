"""The pods of a custom resource of a known kind."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rbacpsp.catalog.controllers import Account
from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import TemplateKind, places
from rbacpsp.pods.custom import argo, spark, tekton
from rbacpsp.pods.custom.pod import CustomPod, from_template
from rbacpsp.pods.templates import MadePod

_ASSEMBLERS: dict[str, Callable[[JSONObject], Iterator[CustomPod]]] = {
    "argo": argo.pods,
    "spark": spark.pods,
    "tekton": tekton.pods,
}
"""By the word in the table of kinds."""


def custom_pods(body: JSONObject, kind: TemplateKind) -> tuple[CustomPod, ...]:
    """The pods that a custom resource asks for; none where it refers to a template elsewhere.

    Types are checked later, when the pods are read.
    """
    if kind.assembled:
        return tuple(_ASSEMBLERS[kind.assembled](body))
    return tuple(
        from_template(template, place, body)
        for path in kind.paths
        for place, template in places(body, path)
        if _holds_a_pod(template)
    )


def made_pods(
    body: JSONObject, kind: TemplateKind, controllers: Mapping[str, Account]
) -> tuple[MadePod, ...]:
    """The pods that a custom resource asks for, each with the controller that submits it, if that is known.

    Where there are several, the path of the template follows the name of the resource.
    """
    metadata = body.get("metadata")
    own: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
    account = controllers.get(kind.kind) or controllers.get(kind.through)
    creator = None if account is None else account.user
    name, namespace = str(own.get("name") or ""), str(own.get("namespace") or "")
    found = custom_pods(body, kind)
    return tuple(
        MadePod(
            kind.word, f"{name} at {each.title}" if len(found) > 1 else name, namespace, each.pod, creator
        )
        for each in found
    )


def _holds_a_pod(template: Any) -> bool:
    return isinstance(template, dict) and isinstance(template.get("spec"), dict) and bool(template["spec"])

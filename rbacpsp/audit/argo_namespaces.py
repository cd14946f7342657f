"""The namespaces, besides its own, from which a controller of Argo CD takes Applications or ApplicationSets.

An argument gives them, or else a variable of the environment, which the manifests of Argo CD set from the
ConfigMap argocd-cmd-params-cm of the namespace.
Source: cmd/argocd-application-controller, cmd/argocd-applicationset-controller and StringsFromEnv of
util/env/env.go, Argo CD 3.
"""

from collections.abc import Iterable
from typing import NamedTuple

from rbacpsp.audit.pod_specs import JSON, part, parts
from rbacpsp.audit.view import View
from rbacpsp.model.surroundings import (
    ARGO_CD_PARAMETERS,
    NAMESPACES_OF_APPLICATION_SETS,
    NAMESPACES_OF_APPLICATIONS,
)

ARGO_CD = "argocd-application-controller"
APPLICATION_SETS = "argocd-applicationset-controller"


class _Setting(NamedTuple):
    argument: str
    variable: str
    parameter: str
    """The key of the ConfigMap."""


_SETTINGS = {
    ARGO_CD: _Setting("application-namespaces", "ARGOCD_APPLICATION_NAMESPACES", NAMESPACES_OF_APPLICATIONS),
    APPLICATION_SETS: _Setting(
        "applicationset-namespaces",
        "ARGOCD_APPLICATIONSET_CONTROLLER_NAMESPACES",
        NAMESPACES_OF_APPLICATION_SETS,
    ),
}


def argument_of(controller: str) -> str:
    """The argument that gives the namespaces; empty for other operators."""
    return _SETTINGS[controller].argument if controller in _SETTINGS else ""


def in_environment(view: View, namespace: str, controller: str, container: JSON) -> tuple[str, ...]:
    """The patterns of the namespaces that the environment of a controller's container gives."""
    setting = _SETTINGS.get(controller)
    if setting is None:
        return ()
    text = ""
    for variable in parts(container, "env"):
        if variable.get("name") == setting.variable:
            reference = part(part(variable, "valueFrom"), "configMapKeyRef")
            text = str(variable.get("value") or "")
            if reference.get("name") == ARGO_CD_PARAMETERS:
                text = _parameter(view, namespace, str(reference.get("key")))
    return patterns([text])


def in_parameters(view: View, namespace: str, controller: str) -> tuple[str, ...]:
    """The patterns of the namespaces that the ConfigMap gives, for a controller that was not loaded."""
    setting = _SETTINGS.get(controller)
    return patterns([_parameter(view, namespace, setting.parameter)]) if setting else ()


def patterns(texts: Iterable[str]) -> tuple[str, ...]:
    """The patterns in some texts, which commas separate."""
    return tuple(filter(None, (pattern.strip() for text in texts for pattern in text.split(","))))


def _parameter(view: View, namespace: str, key: str) -> str:
    config_map = view.objects.surroundings.get(("ConfigMap", namespace, ARGO_CD_PARAMETERS))
    return str(part(config_map.body, "data").get(key, "")) if config_map else ""

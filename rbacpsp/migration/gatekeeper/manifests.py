"""Templates, constraints and mutations of Gatekeeper."""

from collections.abc import Iterable, Sequence

from rbacpsp.migration.gap import Gap
from rbacpsp.migration.labels import object_metadata
from rbacpsp.migration.task import Options
from rbacpsp.model.json import JSONObject

TEMPLATES = "templates.gatekeeper.sh/v1"
CONSTRAINTS = "constraints.gatekeeper.sh/v1beta1"
MUTATIONS = "mutations.gatekeeper.sh/v1"

SHORT_NAME = "psp.rbacpsp.io"
"""The suffix of numbered names: Gatekeeper allows 63 characters."""

_TARGET = "admission.k8s.gatekeeper.sh"
_PREFIX = "Rbacpsp"
_ACTIONS = {"Deny": "deny", "Warn": "warn", "Audit": "dryrun"}


def kind_of(field: str) -> str:
    """The kind of the generated constraint for a field of a policy."""
    return f"{_PREFIX}{field[:1].upper()}{field[1:]}"


def cel_template(kind: str, title: str, source: JSONObject) -> JSONObject:
    """A ConstraintTemplate in CEL, without parameters."""
    metadata = object_metadata(kind.lower(), (), ())
    metadata["annotations"] = {"metadata.gatekeeper.sh/title": title}
    return {
        "apiVersion": TEMPLATES,
        "kind": "ConstraintTemplate",
        "metadata": metadata,
        "spec": {
            "crd": {"spec": {"names": {"kind": kind}}},
            "targets": [{"target": _TARGET, "code": [{"engine": "K8sNativeValidation", "source": source}]}],
        },
    }


def constraint(
    kind: str,
    name: str,
    options: Options,
    policies: Iterable[str],
    gaps: Sequence[Gap],
    parameters: JSONObject | None = None,
    namespaces: JSONObject | None = None,
) -> JSONObject:
    """A constraint on pods, except for those of excluded namespaces."""
    match: JSONObject = {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}], **(namespaces or {})}
    excluded = [*match.get("excludedNamespaces", ()), *options.excluded_namespaces]
    if excluded and "namespaces" not in match:
        match["excludedNamespaces"] = sorted(set(excluded))
    spec: JSONObject = {"enforcementAction": _action(options), "match": match}
    if parameters is not None:
        spec["parameters"] = parameters
    return {
        "apiVersion": CONSTRAINTS,
        "kind": kind,
        "metadata": object_metadata(name, policies, gaps),
        "spec": spec,
    }


def _action(options: Options) -> str:
    """The strictest action, since a constraint has only one; Gatekeeper's audit reports violations anyway."""
    return next(_ACTIONS[action] for action in ("Deny", "Warn", "Audit") if action in options.actions)


def mutation(
    kind: str, name: str, location: str, parameters: JSONObject, options: Options, policies: Iterable[str]
) -> JSONObject:
    """A mutation of pods that are created."""
    match: JSONObject = {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}]}
    if options.excluded_namespaces:
        match["excludedNamespaces"] = sorted(options.excluded_namespaces)
    return {
        "apiVersion": MUTATIONS,
        "kind": kind,
        "metadata": object_metadata(name, policies, ()),
        "spec": {
            "applyTo": [{"groups": [""], "kinds": ["Pod"], "versions": ["v1"]}],
            "match": match,
            "location": location,
            "parameters": parameters,
        },
    }

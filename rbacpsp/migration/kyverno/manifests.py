"""The parts that the specs for Kyverno have in common."""

import re
from collections.abc import Iterable
from typing import Any

from rbacpsp.migration.task import Options
from rbacpsp.model.json import JSONObject

API_VERSION = "policies.kyverno.io/v1"
CONTROLLERS = ("cronjobs", "daemonsets", "deployments", "jobs", "replicasets", "statefulsets")
"""The workloads whose templates are checked as well."""

_LITERALS = re.compile(r"'(?:[^'\\]|\\.)*'")


def constraints(operations: Iterable[str], resource: str, options: Options) -> JSONObject:
    """Matches requests for pods or a subresource, except in excluded namespaces."""
    match: JSONObject = {
        "resourceRules": [
            {
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "operations": list(operations),
                "resources": [resource],
            }
        ]
    }
    if options.excluded_namespaces:
        selector = {
            "key": "kubernetes.io/metadata.name",
            "operator": "NotIn",
            "values": list(options.excluded_namespaces),
        }
        match["namespaceSelector"] = {"matchExpressions": [selector]}
    return match


def autogen(controllers: Iterable[str]) -> JSONObject:
    """For which workloads' templates Kyverno generates rules."""
    return {"podControllers": {"controllers": list(controllers)}}


def with_escaped_literals(spec: JSONObject) -> JSONObject:
    """A spec with escaped literals, so that Kyverno does not change them.

    For templates it replaces `object.spec` and `object.metadata` even in literals, and a policy can have such
    a name.
    """
    protected_spec: JSONObject = _protected(spec)
    return protected_spec


def _protected(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _protected(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_protected(inner) for inner in value]
    if isinstance(value, str):
        return _LITERALS.sub(lambda match: match.group().replace("bject.", "bject\\u002e"), value)
    return value

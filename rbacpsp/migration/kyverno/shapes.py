"""What the specs for Kyverno have in common."""

import re
from collections.abc import Iterable
from typing import Any

from rbacpsp.migration.task import Options
from rbacpsp.model.json import JSONObject

API_VERSION = "policies.kyverno.io/v1"
CONTROLLERS = ("cronjobs", "daemonsets", "deployments", "jobs", "replicasets", "statefulsets")
"""The workloads whose templates are judged as well."""

_LITERALS = re.compile(r"'(?:[^'\\]|\\.)*'")


def constraints(operations: Iterable[str], resource: str, options: Options) -> JSONObject:
    """Requests for pods, or for a part of them, but in the namespaces that are left alone."""
    found: JSONObject = {
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
        found["namespaceSelector"] = {"matchExpressions": [selector]}
    return found


def autogen(controllers: Iterable[str]) -> JSONObject:
    """For which workloads' templates Kyverno generates rules."""
    return {"podControllers": {"controllers": list(controllers)}}


def protected(spec: JSONObject) -> JSONObject:
    """A spec whose literals Kyverno leaves alone.

    For templates it replaces `object.spec` and `object.metadata` wherever they stand, in literals too: a
    policy can be named so.
    """
    found: JSONObject = _protected(spec)
    return found


def _protected(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _protected(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_protected(each) for each in value]
    if isinstance(value, str):
        return _LITERALS.sub(lambda match: match.group().replace("bject.", "bject\\u002e"), value)
    return value

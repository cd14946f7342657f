"""Translates Kyverno's ClusterPolicy and Gatekeeper's CEL templates into ValidatingAdmissionPolicies."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rbacpsp.migration.cel.text import literal
from rbacpsp.migration.evaluation.schema import BindingSpec, PolicyObject, ShapeError, policy_of
from rbacpsp.model.json import JSONObject

CLUSTER_POLICY, TEMPLATE = "ClusterPolicy", "ConstraintTemplate"
CONSTRAINT_GROUP = "constraints.gatekeeper.sh/"
_CEL = "K8sNativeValidation"
_OPERATIONS = ["CREATE", "UPDATE"]


class TranslatedPolicy(NamedTuple):
    """Another engine's policy as a ValidatingAdmissionPolicy with its binding."""

    policy: PolicyObject
    binding: BindingSpec


class NotEvaluatedError(ValueError):
    """A valid policy uses a feature that is not evaluated here."""


def translate_cluster_policy(obj: JSONObject) -> Iterator[TranslatedPolicy]:
    """The rules of a ClusterPolicy.

    Raises:
        NotEvaluatedError: A rule is not in CEL.
        ShapeError: It does not have the shape that Kyverno accepts.
    """
    name = obj["metadata"]["name"]
    try:
        for rule in obj["spec"]["rules"]:
            if "cel" not in (rule.get("validate") or {}):
                raise NotEvaluatedError(f"the rule {rule['name']} of ClusterPolicy {name} is not in CEL")
            cel, [matched] = rule["validate"]["cel"], rule["match"]["any"]
            excluded = [
                namespace
                for exclusion in (rule.get("exclude") or {}).get("any", ())
                for namespace in exclusion["resources"]["namespaces"]
            ]
            yield _translated(
                name,
                cel.get("variables") or [],
                cel["expressions"],
                [_resource(kind) for kind in matched["resources"]["kinds"]],
                matched["resources"].get("operations") or _OPERATIONS,
                conditions=rule.get("celPreconditions") or [],
                excluded=excluded,
                denies=rule["validate"].get("failureAction", "Audit") == "Enforce",
            )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, NotEvaluatedError | ShapeError):
            raise
        raise ShapeError(f"ClusterPolicy {name} says more than is evaluated here") from None


def _resource(kind: str) -> str:
    return kind.replace("Pod", "pods", 1)


def translate_constraint(constraint: JSONObject, templates: Mapping[str, JSONObject]) -> TranslatedPolicy:
    """A constraint with its template.

    Raises:
        NotEvaluatedError: The template is missing, or not in CEL.
        ShapeError: It does not have the shape that Gatekeeper accepts.
    """
    kind, name = constraint["kind"], constraint["metadata"]["name"]
    if kind not in templates:
        raise NotEvaluatedError(f"the ConstraintTemplate of {kind} {name} is not there")
    try:
        [target] = templates[kind]["spec"]["targets"]
        source = next((code["source"] for code in target.get("code") or () if code["engine"] == _CEL), None)
        if source is None:
            raise NotEvaluatedError(f"{kind} {name} is in Rego")
        spec = constraint["spec"]
        match = spec.get("match") or {}
        variables = [
            {"name": "anyObject", "expression": "object"},
            {"name": "params", "expression": f"dyn({_literal(spec.get('parameters') or {})})"},
            *(source.get("variables") or []),
        ]
        return _translated(
            name,
            variables,
            source["validations"],
            ["pods", "pods/ephemeralcontainers"],
            _OPERATIONS,
            excluded=match.get("excludedNamespaces") or [],
            included=match.get("namespaces") or [],
            denies=spec.get("enforcementAction", "deny") == "deny",
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, NotEvaluatedError | ShapeError):
            raise
        raise ShapeError(f"{kind} {name} says more than is evaluated here") from None


def _translated(
    name: str,
    variables: Sequence[JSONObject],
    validations: Sequence[JSONObject],
    resources: list[str],
    operations: list[str],
    *,
    denies: bool,
    conditions: Sequence[JSONObject] = (),
    excluded: Sequence[str] = (),
    included: Sequence[str] = (),
) -> TranslatedPolicy:
    lists = (("NotIn", excluded), ("In", included))
    selector = {
        "matchExpressions": [
            {"key": "kubernetes.io/metadata.name", "operator": operator, "values": list(values)}
            for operator, values in lists
            if values
        ]
    }
    rule = {"apiGroups": [""], "operations": operations, "resources": resources}
    spec = {
        "matchConstraints": {"resourceRules": [rule], "namespaceSelector": selector},
        "matchConditions": list(conditions),
        "variables": list(variables),
        "validations": list(validations),
    }
    policy = policy_of({"kind": "ValidatingPolicy", "metadata": {"name": name}, "spec": spec})
    return TranslatedPolicy(policy, BindingSpec(name, ("Deny",) if denies else ("Audit",)))


def _literal(value: Any) -> str:
    """A value of JSON as CEL writes it."""
    match value:
        case str():
            return literal(value)
        case dict():
            return (
                "{"
                + ", ".join(f"{literal(key)}: dyn({_literal(inner)})" for key, inner in value.items())
                + "}"
            )
        case list():
            return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value)

"""The ValidatingPolicy: admits a pod if a policy that may be used admits it.

A policy must admit a pod unchanged, since the MutatingPolicy has set the defaults before. It must admit a
template with its defaults, since templates are stored as written.
"""

from typing import NamedTuple

from rbacpsp.migration.alternatives import alternatives
from rbacpsp.migration.cel import Clause
from rbacpsp.migration.kyverno.manifests import CONTROLLERS, autogen, constraints, with_escaped_literals
from rbacpsp.migration.kyverno.requesters import IS_POD, requesters
from rbacpsp.migration.labels import JUDGED, REFUSED
from rbacpsp.migration.task import MigrationTask
from rbacpsp.model.json import JSONObject


class CELRule(NamedTuple):
    """The variables and the validation that decide about pods and templates."""

    variables: list[dict[str, str]]
    validation: dict[str, str]


def pods_spec(task: MigrationTask) -> JSONObject:
    """The spec of the policy for pods, and for the templates of their controllers."""
    return _spec(task, ["CREATE", "UPDATE"], "pods", CONTROLLERS)


def debugging_spec(task: MigrationTask) -> JSONObject:
    """The spec of the policy for containers that are added to a running pod."""
    return _spec(task, ["UPDATE"], "pods/ephemeralcontainers", ())


def cel_rule(task: MigrationTask) -> CELRule:
    """Whether a policy that may be used admits a pod or a template, and the message if none does."""
    admission = alternatives(task, _demand, requesters)
    validation = {
        "expression": admission.admitted,
        "message": REFUSED,
        "messageExpression": admission.message,
    }
    return CELRule(admission.variables.listed([admission.admitted]), validation)


def _demand(clause: Clause) -> str:
    if clause.fills == "false":
        return clause.fits
    filled = f"!({IS_POD}) || !({clause.fills})"
    return filled if clause.fits == "true" else f"{clause.fits} && ({filled})"


def _spec(
    task: MigrationTask, operations: list[str], resource: str, controllers: tuple[str, ...]
) -> JSONObject:
    rule_in_cel = cel_rule(task)
    spec = {
        "autogen": autogen(controllers),
        "evaluation": {"admission": {"enabled": True}, "background": {"enabled": False}},
        "failurePolicy": "Fail",
        "matchConstraints": constraints(operations, resource, task.options),
        "matchConditions": [{"name": "more-than-owners-and-finalizers", "expression": JUDGED}],
        "validationActions": list(task.options.actions),
        "variables": rule_in_cel.variables,
        "validations": [{**rule_in_cel.validation, "reason": "Forbidden"}],
    }
    return with_escaped_literals(spec)

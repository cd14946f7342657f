"""The ValidatingPolicy: some policy that may be used takes the pod.

A pod has to be taken as it is: what a policy fills in has been filled in by the MutatingPolicy. A template
has to be taken once that is done, for it is stored as it was written.
"""

from typing import NamedTuple

from rbacpsp.migration.alternatives import alternatives
from rbacpsp.migration.cel import Clause
from rbacpsp.migration.kyverno.askers import IS_POD, askers
from rbacpsp.migration.kyverno.shapes import CONTROLLERS, autogen, constraints, protected
from rbacpsp.migration.labels import JUDGED, REFUSED
from rbacpsp.migration.task import Task
from rbacpsp.model.json import JSONObject


class Judgement(NamedTuple):
    """What pods and templates are judged by."""

    variables: list[dict[str, str]]
    validation: dict[str, str]


def pods_spec(task: Task) -> JSONObject:
    """The spec of the policy for pods, and for the templates of their controllers."""
    return _spec(task, ["CREATE", "UPDATE"], "pods", CONTROLLERS)


def debugging_spec(task: Task) -> JSONObject:
    """The spec of the policy for containers that are added to a running pod."""
    return _spec(task, ["UPDATE"], "pods/ephemeralcontainers", ())


def judgement(task: Task) -> Judgement:
    """Whether some policy that may be used takes a pod or a template, and the message where none does."""
    found = alternatives(task, _demand, askers)
    validation = {"expression": found.admitted, "message": REFUSED, "messageExpression": found.message}
    return Judgement(found.variables.listed([found.admitted]), validation)


def _demand(clause: Clause) -> str:
    if clause.fills == "false":
        return clause.fits
    filled = f"!({IS_POD}) || !({clause.fills})"
    return filled if clause.fits == "true" else f"{clause.fits} && ({filled})"


def _spec(task: Task, operations: list[str], resource: str, controllers: tuple[str, ...]) -> JSONObject:
    found = judgement(task)
    spec = {
        "autogen": autogen(controllers),
        "evaluation": {"admission": {"enabled": True}, "background": {"enabled": False}},
        "failurePolicy": "Fail",
        "matchConstraints": constraints(operations, resource, task.options),
        "matchConditions": [{"name": "more-than-owners-and-finalizers", "expression": JUDGED}],
        "validationActions": list(task.options.actions),
        "variables": found.variables,
        "validations": [{**found.validation, "reason": "Forbidden"}],
    }
    return protected(spec)

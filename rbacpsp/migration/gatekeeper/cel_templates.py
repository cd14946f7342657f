"""Generated ConstraintTemplates in CEL: one that admits what any policy admits, or one for each field.

They evaluate a pod as if it had the policy's defaults, even if Gatekeeper cannot fill these in.
"""

from collections.abc import Iterable

from rbacpsp.migration.alternatives import alternatives
from rbacpsp.migration.cel import Clause
from rbacpsp.migration.cel.grants import ACCOUNT, Requesters
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.migration.cel.variables import Variables
from rbacpsp.migration.labels import REFUSED
from rbacpsp.migration.task import MigrationTask, Options
from rbacpsp.model.json import JSONObject

_CHANGED = (
    "object.spec != oldObject.spec || object.metadata.?labels != oldObject.metadata.?labels"
    " || object.metadata.?annotations != oldObject.metadata.?annotations"
)


def alternatives_source(task: MigrationTask) -> JSONObject:
    """The CEL source that admits a pod if a policy that may be used admits it."""
    admission = alternatives(task, _fits, _requesters)
    return _source(admission.variables, admission.admitted, REFUSED, task.options, admission.message)


def field_source(field: str, clauses: Iterable[Clause], options: Options) -> JSONObject:
    """The CEL source that admits a pod if a policy allows its value of a field."""
    tests = [clause.fits for clause in clauses]
    message = f"PodSecurityPolicy: no policy takes the pod's {field}"
    condition = any_of(f"({test})" if len(tests) > 1 else test for test in tests)
    return _source(Variables(), condition, message, options)


def _source(
    variables: Variables, condition: str, message: str, options: Options, expression: str | None = None
) -> JSONObject:
    conditions = ["object != null", f"(request.operation != 'UPDATE' || {_CHANGED})"]
    if options.subresources == "exact":
        conditions.append("request.?subResource.orValue('') == ''")
    is_checked = variables.set("looked_at", all_of(conditions))
    validation = {"expression": f"!{is_checked} || {condition}", "message": message}
    validation["messageExpression"] = expression if expression is not None else literal(message)
    return {
        "failurePolicy": "Fail",
        "variables": variables.listed([condition]),
        "validations": [validation],
    }


def _fits(clause: Clause) -> str:
    return clause.fits


def _requesters(variables: Variables) -> Requesters:
    """The requester, who is unknown in Gatekeeper's audit, and the pod's account."""
    return Requesters(
        username=variables.set("username", "request.?userInfo.?username.orValue('')"),
        groups=variables.set("groups", "request.?userInfo.?groups.orValue([])"),
        account=variables.set("account", ACCOUNT),
        has_account="true",
    )

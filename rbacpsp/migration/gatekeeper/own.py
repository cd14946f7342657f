"""Our own ConstraintTemplates, in CEL: one that ORs whole policies, or one for a field.

They judge what a policy takes once it has filled in what the pod lacks, whether Gatekeeper could fill that in
or not.
"""

from collections.abc import Iterable

from rbacpsp.migration.alternatives import alternatives
from rbacpsp.migration.cel import Clause
from rbacpsp.migration.cel.grants import ACCOUNT, Askers
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.migration.cel.variables import Variables
from rbacpsp.migration.labels import REFUSED
from rbacpsp.migration.task import Options, Task
from rbacpsp.model.json import JSONObject

_CHANGED = (
    "object.spec != oldObject.spec || object.metadata.?labels != oldObject.metadata.?labels"
    " || object.metadata.?annotations != oldObject.metadata.?annotations"
)


def alternatives_source(task: Task) -> JSONObject:
    """Some policy that may be used takes the pod."""
    found = alternatives(task, _fits, _askers)
    return _source(found.variables, found.admitted, REFUSED, task.options, found.message)


def field_source(field: str, clauses: Iterable[Clause], options: Options) -> JSONObject:
    """A field is as some policy has it."""
    tests = [clause.fits for clause in clauses]
    message = f"PodSecurityPolicy: no policy takes the pod's {field}"
    condition = any_of(f"({test})" if len(tests) > 1 else test for test in tests)
    return _source(Variables(), condition, message, options)


def _source(
    variables: Variables, condition: str, message: str, options: Options, expression: str | None = None
) -> JSONObject:
    looked_at = ["object != null", f"(request.operation != 'UPDATE' || {_CHANGED})"]
    if options.subresources == "exact":
        looked_at.append("request.?subResource.orValue('') == ''")
    judged = variables.set("looked_at", all_of(looked_at))
    validation = {"expression": f"!{judged} || {condition}", "message": message}
    validation["messageExpression"] = expression if expression is not None else literal(message)
    return {
        "failurePolicy": "Fail",
        "variables": variables.listed([condition]),
        "validations": [validation],
    }


def _fits(clause: Clause) -> str:
    return clause.fits


def _askers(variables: Variables) -> Askers:
    """The requester, of whom Gatekeeper's audit knows nothing, and the pod's account."""
    return Askers(
        username=variables.set("username", "request.?userInfo.?username.orValue('')"),
        groups=variables.set("groups", "request.?userInfo.?groups.orValue([])"),
        account=variables.set("account", ACCOUNT),
        has_account="true",
    )

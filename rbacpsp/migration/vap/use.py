"""The question that PodSecurityPolicy asked: may the pod's account, or else the requester, `use` the policy?

The authorizer is asked in variables and validations, never in a messageExpression or an audit annotation: the
server evaluates those without it (plugin/policy/validating/validator.go, 1.37).
"""

from rbacpsp.migration.access import Access
from rbacpsp.migration.cel.grants import Askers, granted
from rbacpsp.migration.cel.text import any_of, literal
from rbacpsp.migration.cel.variables import Variables

CHECKS_PER_EVALUATION = 28
"""How often one evaluation may ask: each question costs 350,000 of a budget of 10,000,000."""

_ACCOUNT = "object.spec.?serviceAccountName.orValue('').matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')"
"""Whether the pod has an account that can be asked about: on an invalid name the authorizer fails."""

_ASKERS = Askers(
    username="request.userInfo.username",
    groups="request.userInfo.groups",
    account="object.spec.?serviceAccountName.orValue('')",
    has_account="variables.account",
)


def checks(access: Access) -> int:
    """How often the server is asked at most about one policy."""
    return 2 * len(access.groups) if access.scope == "rbac" else 0


def use(variables: Variables, policy: str, identifier: str, access: Access) -> str:
    """Whether the pod's account or the requester may use a policy, as an expression over variables."""
    if access.scope == "all":
        return "true"
    account = variables.set("account", _ACCOUNT)
    if access.scope == "namespaces":
        return variables.set(f"may_use_{identifier}", granted(access.holders, _ASKERS))
    askers = {
        "account": "authorizer.serviceAccount(request.namespace, object.spec.serviceAccountName)",
        "user": "authorizer",
    }
    asked = []
    for who, asker in askers.items():
        questions = any_of(_check(asker, group, policy) for group in access.groups)
        whole = f"{account} && {questions}" if who == "account" else questions
        asked.append(variables.set(f"{who}_may_use_{identifier}", whole))
    return any_of(asked)


def _check(asker: str, group: str, policy: str) -> str:
    return (
        f"{asker}.group('{group}').resource('podsecuritypolicies').name({literal(policy)})"
        ".namespace(request.namespace).check('use').allowed()"
    )

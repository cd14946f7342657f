"""The authorization check of PodSecurityPolicy: may the pod's account, or the requester, `use` the policy?

Variables and validations call the authorizer; a messageExpression or an audit annotation never does, since
the server evaluates those without it (plugin/policy/validating/validator.go, 1.37).
"""

from rbacpsp.migration.access import PolicyAccess
from rbacpsp.migration.cel.grants import Requesters, holds_grant
from rbacpsp.migration.cel.text import any_of, literal
from rbacpsp.migration.cel.variables import Variables

CHECKS_PER_EVALUATION = 28
"""The maximum of authorizer checks in one evaluation: each costs 350,000 of a budget of 10,000,000."""

_ACCOUNT = "object.spec.?serviceAccountName.orValue('').matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')"
"""Whether the name of the pod's account is valid: with an invalid name the authorizer fails."""

_REQUESTERS = Requesters(
    username="request.userInfo.username",
    groups="request.userInfo.groups",
    account="object.spec.?serviceAccountName.orValue('')",
    has_account="variables.account",
)


def checks(access: PolicyAccess) -> int:
    """The maximum of authorizer checks for one policy."""
    return 2 * len(access.groups) if access.scope == "rbac" else 0


def use(variables: Variables, policy: str, identifier: str, access: PolicyAccess) -> str:
    """Whether the pod's account or the requester may use a policy, as an expression over variables."""
    if access.scope == "all":
        return "true"
    account = variables.set("account", _ACCOUNT)
    if access.scope == "namespaces":
        return variables.set(f"may_use_{identifier}", holds_grant(access.holders, _REQUESTERS))
    requesters = {
        "account": "authorizer.serviceAccount(request.namespace, object.spec.serviceAccountName)",
        "user": "authorizer",
    }
    checks_of_identities = []
    for identity, authorizer in requesters.items():
        questions = any_of(_check(authorizer, group, policy) for group in access.groups)
        condition = f"{account} && {questions}" if identity == "account" else questions
        checks_of_identities.append(variables.set(f"{identity}_may_use_{identifier}", condition))
    return any_of(checks_of_identities)


def _check(authorizer: str, group: str, policy: str) -> str:
    return (
        f"{authorizer}.group('{group}').resource('podsecuritypolicies').name({literal(policy)})"
        ".namespace(request.namespace).check('use').allowed()"
    )

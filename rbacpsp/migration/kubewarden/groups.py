"""A policy group that admits a pod if a policy that may be used admits it.

For each policy, its members are the modules that enforce its controls, and one in CEL for the other controls.
Its expression joins members by `&&` within a policy and by `||` between policies. With the scope
`namespaces`, a member in CEL lists who may use the policy today. With the scope `rbac`, there is a group for
each set of policies, which the server calls only for users who may use exactly these.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from rbacpsp.migration.cel.grants import ACCOUNT, Requesters, holds_grant
from rbacpsp.migration.cel.policies import field_tests
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.migration.cel.variables import Variables, identifiers
from rbacpsp.migration.controls import PolicyControls
from rbacpsp.migration.kubewarden.modules import Module, modules
from rbacpsp.migration.labels import JUDGED, REFUSED
from rbacpsp.migration.task import MigrationTask
from rbacpsp.model.json import JSONObject

MOST_ASKED = 3
"""The number of policies that a webhook's conditions can check: two authorizer checks for each, 7 in
total."""
_NOTHING = "no_policy"
_ASKED_ACCOUNT = "object.spec.?serviceAccountName.orValue('').matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')"


class Group(NamedTuple):
    """One group."""

    word: str
    """Distinguishes its name from other groups; empty if there is one group."""
    policies: tuple[str, ...]
    spec: JSONObject


def groups(task: MigrationTask) -> Iterator[Group]:
    """One group; with the scope `rbac`, one for each set of policies."""
    if task.scope != "rbac":
        names = tuple(policy.name for policy in task.policies)
        yield Group("", names, _spec(task, task.policies, ()))
        return
    for count in range(len(task.policies) + 1):
        for chosen in combinations(range(len(task.policies)), count):
            policies = tuple(task.policies[index] for index in chosen)
            word = "-".join(str(index + 1) for index in chosen) or "none"
            conditions = tuple(
                _may_use(task, index, wanted=index in chosen) for index in range(len(task.policies))
            )
            yield Group(word, tuple(policy.name for policy in policies), _spec(task, policies, conditions))


def _spec(
    task: MigrationTask, policies: tuple[PolicyControls, ...], conditions: tuple[JSONObject, ...]
) -> JSONObject:
    members: dict[str, JSONObject] = {}
    names = identifiers(policy.name for policy in task.policies)
    alternatives = []
    for policy in policies:
        policy_members = dict(_members(task, policy, names[policy.name]))
        members |= policy_members
        alternatives.append(" && ".join(f"{name}()" for name in policy_members))
    if not alternatives:
        members[_NOTHING] = _cel(Variables(), "false", REFUSED).member
        alternatives.append(f"{_NOTHING}()")
    return {
        **common_spec(task),
        "rules": rules(task),
        "matchConditions": [
            {"name": "more-than-owners-and-finalizers", "expression": JUDGED},
            *conditions,
        ],
        "policies": members,
        "expression": " || ".join(
            f"({alternative})" if " && " in alternative else alternative for alternative in alternatives
        ),
        "message": REFUSED,
    }


def common_spec(task: MigrationTask) -> JSONObject:
    """The fields that groups and mutating policies have in common."""
    spec: JSONObject = {
        "mode": "protect" if "Deny" in task.options.actions else "monitor",
        "failurePolicy": "Fail",
        "backgroundAudit": False,
    }
    if task.options.excluded_namespaces:
        selector = {
            "key": "kubernetes.io/metadata.name",
            "operator": "NotIn",
            "values": list(task.options.excluded_namespaces),
        }
        spec["namespaceSelector"] = {"matchExpressions": [selector]}
    return spec


def rules(task: MigrationTask, *, creating: bool = False) -> list[JSONObject]:
    """The requests that a policy or group matches."""
    pods = {"apiGroups": [""], "apiVersions": ["v1"]}
    resource_rules = [
        {**pods, "resources": ["pods"], "operations": ["CREATE"] if creating else ["CREATE", "UPDATE"]}
    ]
    if task.options.subresources == "all" and not creating:
        resource_rules.append({**pods, "resources": ["pods/ephemeralcontainers"], "operations": ["UPDATE"]})
    return resource_rules


def _members(
    task: MigrationTask, policy: PolicyControls, identifier: str
) -> Iterator[tuple[str, JSONObject]]:
    module_fields: set[str] = set()
    prefix = f"p_{identifier}"
    for word, module, fields in modules(policy.controls):
        module_fields |= fields
        yield f"{prefix}_{word}", module.member
    variables = Variables()
    other_controls = [control for control in policy.controls if control.field not in module_fields]
    tests = field_tests(variables, other_controls, lambda clause: clause.fits)
    if tests or not module_fields:
        names = ", ".join(tests) or "nothing"
        yield (
            f"{prefix}_rest",
            _cel(variables, all_of(tests.values()), f"{policy.name} bounds {names}").member,
        )
    if task.scope == "namespaces":
        yield f"{prefix}_use", _granted(task, policy).member


def _cel(variables: Variables, condition: str, message: str) -> Module:
    validation = {"expression": condition, "message": message}
    return Module("cel-policy", {"variables": variables.listed([condition]), "validations": [validation]})


def _granted(task: MigrationTask, policy: PolicyControls) -> Module:
    variables = Variables()
    requesters = Requesters(
        username=variables.set("username", "request.?userInfo.?username.orValue('')"),
        groups=variables.set("groups", "request.?userInfo.?groups.orValue([])"),
        account=variables.set("account", ACCOUNT),
        has_account="true",
    )
    condition = holds_grant(task.accesses[policy.name].holders, requesters)
    return _cel(variables, condition, f"neither the pod's account nor the requester may use {policy.name}")


def _may_use(task: MigrationTask, index: int, *, wanted: bool) -> JSONObject:
    """Whether the account or the requester may use a policy, or not, as a condition of the webhook."""
    policy = task.policies[index].name
    account = _check("authorizer.serviceAccount(request.namespace, object.spec.serviceAccountName)", policy)
    may_use = any_of([f"({_ASKED_ACCOUNT} && {account})", _check("authorizer", policy)])
    name = f"{'may' if wanted else 'may-not'}-use-{index + 1}"
    return {"name": name, "expression": may_use if wanted else f"!{may_use}"}


def _check(authorizer: str, policy: str) -> str:
    return (
        f"{authorizer}.group('policy').resource('podsecuritypolicies').name({literal(policy)})"
        ".namespace(request.namespace).check('use').allowed()"
    )

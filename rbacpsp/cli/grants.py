"""Grants, decisions and requests as table cells and as JSON."""

from collections.abc import Iterable

import msgspec

from rbacpsp.cli.spelling import role_text, scope_text
from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Request,
    Role,
    RoleBinding,
    Subject,
    User,
)
from rbacpsp.model.json import JSONObject
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac import Access, Grant


def rule_json(rule: PolicyRule) -> JSONObject:
    """A rule as the API's JSON."""
    value: JSONObject = msgspec.to_builtins(rule)
    return value


def subject_json(subject: Subject) -> JSONObject:
    """A subject as in a binding."""
    value: JSONObject = msgspec.to_builtins(subject)
    return value


def object_json(obj: Role | ClusterRole | RoleBinding | ClusterRoleBinding) -> JSONObject:
    """The kind, namespace and name of an object."""
    namespace = {"namespace": obj.namespace} if obj.namespace else {}
    return {"kind": obj.kind, **namespace, "name": obj.name, **({"assumed": True} if obj.assumed else {})}


def request_json(request: Request) -> JSONObject:
    """A request as in a SubjectAccessReview, without empty fields."""
    if request.path is not None:
        return {"nonResourceAttributes": {"verb": request.verb, "path": request.path}}
    fields = ("namespace", "verb", "group", "resource", "subresource", "name")
    values = {field: getattr(request, field) for field in fields}
    return {"resourceAttributes": {field: value for field, value in values.items() if value}}


def incomplete_json(sentences: tuple[str, ...]) -> JSONObject:
    """The sources that could not be read and could change an answer; empty if everything was read."""
    return {"incomplete": list(sentences)} if sentences else {}


def user_json(user: User) -> JSONObject:
    """A user as in a SubjectAccessReview."""
    return {"user": user.name, "groups": list(user.groups)}


def grant_json(grant: Grant) -> JSONObject:
    """A grant with its provenance."""
    result = {
        "binding": object_json(grant.binding),
        "role": object_json(grant.role),
        "ruleIndex": grant.rule_index,
        "rule": rule_json(grant.rule),
        "subject": subject_json(grant.subject),
        "scope": scope_text(grant.scope),
        "reason": grant.sentence,
    }
    return result | ({"computed": True} if grant.computed else {})


def access_rows(access: Access) -> Iterable[tuple[str, ...]]:
    """A row for each binding that grants access: subject, scope, role, binding, through, rules, controls.

    The scope distinguishes a ClusterRoleBinding from a RoleBinding; `through` is the group, or the other
    name, that the binding names.
    """
    controls = ", ".join(access.controls)
    if not access.grants:
        yield subject_text(access.subject), scope_text(""), "<every>", "<none>", "", "", controls
    rule_numbers: dict[tuple[str, ...], list[str]] = {}
    for grant in access.grants:
        scope, binding = grant.scope, grant.binding
        who = subject_text(access.subject, scope)
        through = who if grant.subject == access.subject else subject_text(grant.subject, scope)
        row: tuple[str, ...] = (
            who,
            scope_text(scope),
            role_text(binding.role_ref),
            binding.metadata.name,
            "" if through == who else through,
        )
        rule_numbers.setdefault(row, []).append(str(grant.rule_index))
    for row, rules in rule_numbers.items():
        yield (*row, ",".join(rules), controls)


def access_json(access: Access) -> JSONObject:
    """A subject with its grants."""
    controls = {"controls": list(access.controls)} if access.controls else {}
    return {
        "subject": subject_json(access.subject),
        "grants": list(map(grant_json, access.grants)),
        **controls,
    }

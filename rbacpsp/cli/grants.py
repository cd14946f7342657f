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
    """A rule as the API writes it."""
    found: JSONObject = msgspec.to_builtins(rule)
    return found


def subject_json(subject: Subject) -> JSONObject:
    """A subject as a binding writes it."""
    found: JSONObject = msgspec.to_builtins(subject)
    return found


def object_json(obj: Role | ClusterRole | RoleBinding | ClusterRoleBinding) -> JSONObject:
    """Which object it is."""
    place = {"namespace": obj.namespace} if obj.namespace else {}
    return {"kind": obj.kind, **place, "name": obj.name, **({"assumed": True} if obj.assumed else {})}


def request_json(request: Request) -> JSONObject:
    """A request as a SubjectAccessReview writes it; what is empty is left out."""
    if request.path is not None:
        return {"nonResourceAttributes": {"verb": request.verb, "path": request.path}}
    fields = ("namespace", "verb", "group", "resource", "subresource", "name")
    values = {field: getattr(request, field) for field in fields}
    return {"resourceAttributes": {field: value for field, value in values.items() if value}}


def incomplete_json(sentences: tuple[str, ...]) -> JSONObject:
    """What could not be read and could change an answer; nothing where all was read."""
    return {"incomplete": list(sentences)} if sentences else {}


def user_json(user: User) -> JSONObject:
    """A user as a SubjectAccessReview writes it."""
    return {"user": user.name, "groups": list(user.groups)}


def grant_json(grant: Grant) -> JSONObject:
    """A grant with its provenance."""
    found = {
        "binding": object_json(grant.binding),
        "role": object_json(grant.role),
        "ruleIndex": grant.rule_index,
        "rule": rule_json(grant.rule),
        "subject": subject_json(grant.subject),
        "scope": scope_text(grant.scope),
        "reason": grant.sentence,
    }
    return found | ({"computed": True} if grant.computed else {})


def access_rows(access: Access) -> Iterable[tuple[str, ...]]:
    """A row for each binding that gives it: subject, scope, role, binding, through, rules, controls.

    The scope tells a ClusterRoleBinding from a RoleBinding; `through` is the group, or the other name, that
    the binding gives it to.
    """
    controls = ", ".join(access.controls)
    if not access.grants:
        yield subject_text(access.subject), scope_text(""), "<every>", "<none>", "", "", controls
    places: dict[tuple[str, ...], list[str]] = {}
    for grant in access.grants:
        row: tuple[str, ...] = (
            subject_text(access.subject, grant.scope),
            scope_text(grant.scope),
            role_text(grant.binding.role_ref),
            grant.binding.name,
            "" if _same(access.subject, grant) else subject_text(grant.subject, grant.scope),
        )
        places.setdefault(row, []).append(str(grant.rule_index))
    for row, rules in places.items():
        yield (*row, ",".join(rules), controls)


def _same(subject: Subject, grant: Grant) -> bool:
    return subject_text(subject, grant.scope) == subject_text(grant.subject, grant.scope)


def access_json(access: Access) -> JSONObject:
    """A subject with its grants."""
    controls = {"controls": list(access.controls)} if access.controls else {}
    return {
        "subject": subject_json(access.subject),
        "grants": list(map(grant_json, access.grants)),
        **controls,
    }

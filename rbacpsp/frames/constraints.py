"""The frames of OpenShift's security context constraints and of those who may use them."""

from collections.abc import Iterator, Mapping

import pandas as pd

from rbacpsp.catalog import Account
from rbacpsp.frames.table import columns, joined, table
from rbacpsp.model import Objects, Subject
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac import Authorizer, Grant
from rbacpsp.rbac.index import split_user
from rbacpsp.scc.constraints import constraints_of
from rbacpsp.scc.levels import LevelError, psa_level
from rbacpsp.scc.order import order_key, points
from rbacpsp.scc.rules import UID_RANGE
from rbacpsp.scc.users import ConstraintUser, constraint_users

_SET_ASIDE = {UID_RANGE: "1000000000/10000"}


def constraints(objects: Objects) -> pd.DataFrame:
    """One row for each of the constraints, with the server's defaults."""
    rows = (
        (
            each.name,
            order,
            each.priority or 0,
            points(each),
            _level(each),
            each.allow_privileged_container,
            each.allow_privilege_escalation is not False,
            each.allow_host_network,
            each.allow_host_pid,
            each.allow_host_ipc,
            each.allow_host_ports,
            each.read_only_root_filesystem,
            each.run_as_user.type,
            each.supplemental_groups.type,
            each.fs_group.type,
            each.se_linux_context.type,
            joined(each.volumes or ()),
            joined(each.allowed_capabilities),
            joined(each.default_add_capabilities),
            joined(each.required_drop_capabilities),
            joined(each.seccomp_profiles),
            each.assumed,
        )
        for order, each in enumerate(sorted(constraints_of(objects), key=order_key))
    )
    return table("constraints", columns("constraints", rows), ("order",))


def users(objects: Objects, authorizer: Authorizer, controllers: Mapping[str, Account]) -> pd.DataFrame:
    """One row for each entry of a list, and for each grant, by which a subject may use constraints."""
    rows = {
        row
        for each in constraints_of(objects)
        for user in constraint_users(authorizer, objects, each, controllers)[0]
        for row in _users(each, user)
    }
    order = ("scc", "subject", "scope", "listed", "binding_kind", "binding", "rule")
    return table("constraint_users", columns("constraint_users", rows), order)


def _level(constraint: SecurityContextConstraints) -> str:
    try:
        return psa_level(constraint, _SET_ASIDE)
    except LevelError:
        return ""


def _users(
    constraint: SecurityContextConstraints, user: ConstraintUser
) -> Iterator[tuple[str | int | bool, ...]]:
    name, subject = constraint.name, user.subject
    if subject.kind == "User" and split_user(subject.name):
        return  # the account has a row of its own
    if not user.grants and not user.listed:
        yield (name, *_subject(subject), "", "", *_how(user), *_binding(None), False)
    for entry in user.listed:
        yield (name, *_subject(subject), "", entry, *_how(user), *_binding(None), constraint.assumed)
    for grant in user.grants:
        namespace = subject.namespace or (grant.scope if subject.kind == "ServiceAccount" else "")
        if subject.kind in {"User", "Group"} or (subject.kind == "ServiceAccount" and namespace):
            assumed = grant.binding.assumed or grant.role.assumed
            yield (
                *(name, *_subject(subject, namespace), grant.scope, ""),
                *(*_how(user), *_binding(grant), assumed),
            )


def _how(user: ConstraintUser) -> tuple[bool, str]:
    return user.as_account, ", ".join(user.controls)


def _subject(subject: Subject, namespace: str = "") -> tuple[str, ...]:
    there = subject.namespace or namespace
    return subject_text(subject, there), subject.kind, there, subject.name


def _binding(grant: Grant | None) -> tuple[str | int, ...]:
    if grant is None:
        return "", "", "", "", -1
    return grant.binding.kind, grant.binding.name, grant.role.kind, grant.role.name, grant.rule_index

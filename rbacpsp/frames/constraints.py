"""Builds the frames of OpenShift's security context constraints and of those who may use them."""

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
            constraint.name,
            order,
            constraint.priority or 0,
            points(constraint),
            _level(constraint),
            constraint.allow_privileged_container,
            constraint.allow_privilege_escalation is not False,
            constraint.allow_host_network,
            constraint.allow_host_pid,
            constraint.allow_host_ipc,
            constraint.allow_host_ports,
            constraint.read_only_root_filesystem,
            constraint.run_as_user.type,
            constraint.supplemental_groups.type,
            constraint.fs_group.type,
            constraint.se_linux_context.type,
            joined(constraint.volumes or ()),
            joined(constraint.allowed_capabilities),
            joined(constraint.default_add_capabilities),
            joined(constraint.required_drop_capabilities),
            joined(constraint.seccomp_profiles),
            constraint.assumed,
        )
        for order, constraint in enumerate(sorted(constraints_of(objects), key=order_key))
    )
    return table("constraints", columns("constraints", rows), ("order",))


def users(objects: Objects, authorizer: Authorizer, controllers: Mapping[str, Account]) -> pd.DataFrame:
    """One row for each entry of a list, and for each grant, by which a subject may use constraints."""
    rows = {
        row
        for constraint in constraints_of(objects)
        for user in constraint_users(authorizer, objects, constraint, controllers)[0]
        for row in _users(constraint, user)
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
        return  # the account has its own row
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
    account_namespace = subject.namespace or namespace
    return subject_text(subject, account_namespace), subject.kind, account_namespace, subject.name


def _binding(grant: Grant | None) -> tuple[str | int, ...]:
    if grant is None:
        return "", "", "", "", -1
    return grant.binding.kind, grant.binding.name, grant.role.kind, grant.role.name, grant.rule_index

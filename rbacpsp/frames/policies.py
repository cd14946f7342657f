"""Builds the frames of PodSecurityPolicies and of those who may use them."""

from collections.abc import Iterator

import pandas as pd

from rbacpsp.frames.table import columns, joined, table
from rbacpsp.model import Objects
from rbacpsp.model.psp import IDStrategy
from rbacpsp.model.subjects import subject_text
from rbacpsp.psp.users import policy_users as users_of
from rbacpsp.rbac import Access, Authorizer, Grant
from rbacpsp.rbac.index import split_user

Row = tuple[str, str, str, str, str, str, str, str, str, str, str, str, int, bool, bool]


def policies(objects: Objects) -> pd.DataFrame:
    """One row for each policy."""
    rows = (
        (
            name,
            spec.privileged,
            spec.allow_privilege_escalation,
            spec.host_network,
            spec.host_pid,
            spec.host_ipc,
            spec.read_only_root_filesystem,
            spec.run_as_user.rule,
            (spec.run_as_group or IDStrategy()).rule,
            spec.supplemental_groups.rule,
            spec.fs_group.rule,
            spec.se_linux.rule,
            joined(spec.volumes),
            joined(spec.allowed_capabilities),
            joined(spec.default_add_capabilities),
            joined(spec.required_drop_capabilities),
        )
        for name, spec in ((name, policy.spec) for name, policy in objects.policies.items())
    )
    return table("policies", columns("policies", rows), ("policy",))


def policy_users(objects: Objects, authorizer: Authorizer) -> pd.DataFrame:
    """One row for each grant by which a subject may use a policy."""
    rows = {row for policy in objects.policies for row in _users(policy, authorizer)}
    order = (
        "policy",
        "subject_kind",
        "subject_namespace",
        "subject_name",
        "scope",
        "binding",
        "rule",
        "through",
    )
    return table("policy_users", columns("policy_users", rows), order)


def _users(policy: str, authorizer: Authorizer) -> Iterator[Row]:
    for access in users_of(authorizer, policy):
        subject = access.subject
        if subject.kind == "User" and split_user(subject.name):
            continue  # the account has its own row
        if not access.grants:
            yield (
                policy,
                subject_text(subject),
                subject.kind,
                "",
                subject.name,
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                -1,
                True,
                False,
            )
        for grant in access.grants:
            namespace = subject.namespace or (grant.scope if subject.kind == "ServiceAccount" else "")
            if subject.kind in {"User", "Group"} or (subject.kind == "ServiceAccount" and namespace):
                yield _row(policy, access, grant, namespace)


def _row(policy: str, access: Access, grant: Grant, namespace: str) -> Row:
    subject, written = access.subject, grant.subject
    same = (written.kind, written.name) == (subject.kind, subject.name)
    return (
        policy,
        subject_text(subject, namespace),
        subject.kind,
        namespace,
        subject.name,
        grant.scope,
        "" if same else f"{written.kind} {written.name}",
        ", ".join(access.controls),
        grant.binding.kind,
        grant.binding.name,
        grant.role.kind,
        grant.role.name,
        grant.rule_index,
        policy not in grant.rule.resource_names,
        grant.binding.assumed or grant.role.assumed,
    )

"""Builds the frames of who may do something, and of who gained and lost access."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from rbacpsp.comparison import AccessChange, Diff
from rbacpsp.frames.table import columns, joined, table
from rbacpsp.model import PolicyRule
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac import Access, WhoCan

_SUBJECT = ("subject_kind", "subject_namespace", "subject_name")


def who_can(answer: WhoCan) -> pd.DataFrame:
    """One row for each grant by which a subject may do it; `system:masters` has one, with rule -1."""
    rows = (row for access in answer for row in _rows(access))
    return table("who_can", columns("who_can", rows), (*_SUBJECT, "scope", "binding", "rule", "through"))


def _rows(access: Access) -> Iterator[tuple[Any, ...]]:
    subject, controls = access.subject, joined(access.controls)
    if not access.grants:
        subject_words = subject_text(subject)
        yield (subject_words, subject.kind, "", subject.name, "", "", controls, "", "", "", "", -1, False)
    for grant in access.grants:
        namespace = subject.namespace or (grant.scope if subject.kind == "ServiceAccount" else "")
        written = grant.subject
        same = (written.kind, written.name) == (subject.kind, subject.name)
        yield (
            subject_text(subject, namespace),
            subject.kind,
            namespace,
            subject.name,
            grant.scope,
            "" if same else f"{written.kind} {written.name}",
            controls,
            grant.binding.kind,
            grant.binding.name,
            grant.role.kind,
            grant.role.name,
            grant.rule_index,
            grant.binding.assumed or grant.role.assumed,
        )


def changes(difference: Diff) -> pd.DataFrame:
    """One row for each rule that a subject gained or lost."""
    access = difference.access
    rows = (
        _change(word, change_of_access)
        for word, changes_of_kind in (("gained", access.gained), ("lost", access.lost))
        for change_of_access in changes_of_kind
    )
    order = ("change", *_SUBJECT, "scope", "verbs", "api_groups", "resources", "resource_names")
    return table("changes", columns("changes", rows), order)


def _change(word: str, change: AccessChange) -> tuple[Any, ...]:
    subject, rule = change.subject, change.rule
    return (
        word,
        subject_text(subject),
        subject.kind,
        subject.namespace,
        subject.name,
        change.namespace,
        joined(rule.verbs),
        joined(rule.api_groups),
        joined(rule.resources),
        joined(rule.resource_names),
        joined(rule.non_resource_urls),
        "; ".join(_hole(exception.rule, exception.namespace) for exception in change.excepted),
        joined(dict.fromkeys(grant.binding.name for grant in change.grants)),
        joined(dict.fromkeys(grant.role.name for grant in change.grants)),
    )


def _hole(rule: PolicyRule, namespace: str) -> str:
    target_words = rule.non_resource_urls or rule.resources
    name_words = f" named {joined(rule.resource_names)}" if rule.resource_names else ""
    namespace_words = f" in {namespace}" if namespace else ""
    return f"{joined(rule.verbs)} {joined(target_words)}{name_words}{namespace_words}"

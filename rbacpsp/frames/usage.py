"""Builds the frame of grants with their use in audit logs."""

import pandas as pd

from rbacpsp.auditlog.usage import Usage
from rbacpsp.frames.table import columns, table
from rbacpsp.model.subjects import subject_text


def usage(recorded: Usage) -> pd.DataFrame:
    """One row for each rule that a binding gives to a subject, including bootstrap bindings."""
    rows = (
        (
            subject_text(row.subject, row.binding.metadata.namespace),
            row.subject.kind,
            row.subject.namespace
            or (row.binding.metadata.namespace if row.subject.kind == "ServiceAccount" else ""),
            row.subject.name,
            row.binding.metadata.namespace,
            row.binding.kind,
            row.binding.metadata.name,
            row.binding.role_ref.kind,
            row.binding.role_ref.name,
            row.rule_index,
            row.used,
            row.count,
            row.alone,
            row.last,
        )
        for row in recorded.rows_of(include_system=True)
    )
    order = ("scope", "binding", "binding_kind", "subject_kind", "subject_namespace", "subject_name", "rule")
    return table("usage", columns("usage", rows), order)

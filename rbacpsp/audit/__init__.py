"""Risky permissions, with the evidence for each."""

from rbacpsp.audit.baseline import known_fingerprints, new_only
from rbacpsp.audit.engine import Audit, audit
from rbacpsp.audit.finding import Evidence, Finding
from rbacpsp.audit.policy import AuditPolicy, PolicyError, read_policy
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.rules import RULES
from rbacpsp.audit.severity import Severity

Policy = AuditPolicy
"""The earlier name of `AuditPolicy`, which still works."""

__all__ = [
    "RULES",
    "Audit",
    "AuditPolicy",
    "Evidence",
    "Finding",
    "Policy",
    "PolicyError",
    "Rule",
    "Severity",
    "audit",
    "known_fingerprints",
    "new_only",
    "read_policy",
]

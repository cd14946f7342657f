"""Risky permissions and the paths that they open, with the evidence for each."""

from rbacpsp.audit.baseline import known_fingerprints, new_only
from rbacpsp.audit.change import smallest_changes
from rbacpsp.audit.engine import Audit, audit
from rbacpsp.audit.finding import Evidence, Finding
from rbacpsp.audit.paths import Paths
from rbacpsp.audit.place import parse_place
from rbacpsp.audit.policy import Policy, PolicyError, read_policy
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.rules import RULES
from rbacpsp.audit.severity import Severity

__all__ = [
    "RULES",
    "Audit",
    "Evidence",
    "Finding",
    "Paths",
    "Policy",
    "PolicyError",
    "Rule",
    "Severity",
    "audit",
    "known_fingerprints",
    "new_only",
    "parse_place",
    "read_policy",
    "smallest_changes",
]

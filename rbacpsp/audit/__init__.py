"""Risky permissions and the paths that they open, with the evidence for each."""

from rbacpsp.audit.change import smallest_changes
from rbacpsp.audit.engine import Audit, audit
from rbacpsp.audit.finding import Evidence, Finding
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.rules import RULES
from rbacpsp.audit.severity import Severity

__all__ = ["RULES", "Audit", "Evidence", "Finding", "Rule", "Severity", "audit", "smallest_changes"]

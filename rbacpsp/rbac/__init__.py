"""Role-based access control, decided as the API server decides it."""

from rbacpsp.rbac.authorizer import Authorizer
from rbacpsp.rbac.covers import covers
from rbacpsp.rbac.decision import Access, Decision, Grant
from rbacpsp.rbac.match import rule_allows, rules_allow
from rbacpsp.rbac.rules import Expansion, HeldPermission, HeldRule, RuleSet
from rbacpsp.rbac.who_can import WhoCan

__all__ = [
    "Access",
    "Authorizer",
    "Decision",
    "Expansion",
    "Grant",
    "HeldPermission",
    "HeldRule",
    "RuleSet",
    "WhoCan",
    "covers",
    "rule_allows",
    "rules_allow",
]

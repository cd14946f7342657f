"""Role-based access control, decided as the API server decides it."""

from rbacpsp.rbac.authorizer import Authorizer
from rbacpsp.rbac.decision import Access, Decision, Grant
from rbacpsp.rbac.who_can import WhoCan

__all__ = ["Access", "Authorizer", "Decision", "Grant", "WhoCan"]

"""Checks who may use constraints in a namespace: by their lists of users and groups, or by RBAC.

Source: apiserver-library-go pkg/securitycontextconstraints/sccmatching/scc_authz_check.go, release-4.21.
"""

from typing import NamedTuple

from rbacpsp.model.request import Request, User
from rbacpsp.model.scc import GROUP, RESOURCE, SecurityContextConstraints
from rbacpsp.rbac import Authorizer, Grant


class Use(NamedTuple):
    """Whether a user may use constraints in a namespace, and the entries or grants that allow it."""

    allowed: bool
    listed: tuple[str, ...] = ()
    """The entries of the constraints that name the user: `users: alice`, `groups: dev`."""
    grants: tuple[Grant, ...] = ()


class UseChecks:
    """Checks who may use constraints, and caches the answers."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer
        self._known: dict[tuple[User, str, str], Use] = {}

    def check(self, user: User, namespace: str, constraint: SecurityContextConstraints) -> Use:
        """Whether a user may use constraints for pods of a namespace."""
        key = (user, namespace, constraint.name)
        if key not in self._known:
            self._known[key] = self._check(user, namespace, constraint)
        return self._known[key]

    def _check(self, user: User, namespace: str, constraint: SecurityContextConstraints) -> Use:
        listed = [f"users: {name}" for name in dict.fromkeys(constraint.users) if name == user.name]
        listed += [f"groups: {name}" for name in dict.fromkeys(constraint.groups) if name in user.groups]
        decision = self._authorizer.authorize(
            user, Request("use", group=GROUP, resource=RESOURCE, name=constraint.name, namespace=namespace)
        )
        return Use(bool(listed) or decision.allowed, tuple(listed), tuple(decision.grants))

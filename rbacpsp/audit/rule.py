"""A rule of the audit: its texts, and either permissions or a check."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from rbacpsp.audit.finding import Finding
from rbacpsp.audit.permission import Permission
from rbacpsp.audit.rule_text import RuleText
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View

Check = Callable[[View, "Rule"], Iterator[Finding]]
"""Yields the findings of a rule in a cluster; those about Kubernetes' own objects are marked as ruled out."""


class Wildcard(Enum):
    """How a rule treats a grant by `*`."""

    FOLDED = "a grant of everything is reported by the rule about full control instead"
    COUNTED = "it is a finding like any other"
    DEMANDED = "only a grant by `*` is a finding"
    EXCLUDED = "only a grant that is spelled out is a finding"


@dataclass(frozen=True, eq=False)
class Rule(RuleText):
    """A rule of the audit; rules are compared by identity, their ids are unique.

    A rule with `permissions` reports every subject that holds one of them, in each scope. A rule with a
    `check` examines the objects of the cluster.
    """

    namespaced: Severity | None = None
    """The severity of a grant in one other namespace; None if no RoleBinding grants the permissions."""
    named: Severity | None = None
    """The severity of a grant limited by resourceNames; None if such a grant is not reported."""
    grave: frozenset[str] = frozenset()
    """The resourceNames that are as severe as a grant without resourceNames."""
    own_role: bool = False
    """Whether the name of the granting role itself is as severe as a grant without resourceNames."""
    also: tuple[Permission, ...] = ()
    """The finding is reported only if the subject also has one of these permissions in the same scope."""
    wildcard: Wildcard = Wildcard.FOLDED
    applies: Callable[[View], bool] | None = None
    """Whether the rule applies to a cluster; None if it applies to all."""
    check: Check | None = None
    subjects: frozenset[str] = frozenset()
    """The only subjects that are reported, such as `Group/dev`; empty: all."""
    only_scope: str = "any"
    """`any`, or `cluster` or `namespace` to report only grants of that scope."""
    own: bool = False
    """Whether the rule comes from a policy file."""

    @property
    def paired(self) -> bool:
        """Whether some of its permissions are useless without another one."""
        return any(permission.also for permission in self.permissions)

    def problems(self) -> list[str]:
        """What is wrong with the data of the rule, a text for each problem."""
        problems = [
            f"{self.id}: {field} is empty"
            for field in ("id", "name", "title", "why", "gain", "remedy", "references")
            if not getattr(self, field)
        ]
        if bool(self.permissions) == (self.check is not None):
            problems.append(f"{self.id}: it needs either permissions or a check")
        local = any(permission.namespaced for permission in self.permissions)
        if self.permissions and local != (self.namespaced is not None):
            problems.append(
                f"{self.id}: a severity for one namespace goes with permissions that one can grant"
            )
        return problems

    def graded(self, severity: Severity) -> Severity:
        """The severity of a finding, unless a policy file fixes the severity of the rule."""
        return self.severity if self.fixed else severity

    def with_severity(self, severity: Severity) -> "Rule":
        """The rule with one severity for every scope and every permission."""
        return replace(
            self,
            permissions=tuple(replace(permission, at_most=None) for permission in self.permissions),
            severity=severity,
            fixed=True,
            namespaced=None if self.namespaced is None else severity,
            named=None if self.named is None else severity,
        )

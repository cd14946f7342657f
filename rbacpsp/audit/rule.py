"""What a rule of the audit is: data for the reader, and either permissions or a check."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from rbacpsp.audit.finding import Finding
from rbacpsp.audit.permission import Permission
from rbacpsp.audit.rule_text import RuleText
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View

Check = Callable[[View, "Rule"], Iterator[Finding]]
"""Yields the findings of a rule about the objects of a cluster; Kubernetes' own are marked, not left out."""


class Wildcard(Enum):
    """What a rule makes of a grant by `*`."""

    FOLDED = "a grant of everything is left to the rule about full control"
    COUNTED = "it is a finding like any other"
    DEMANDED = "only a grant by `*` is a finding"
    EXCLUDED = "only a grant that is spelled out is a finding"


@dataclass(frozen=True, eq=False)
class Rule(RuleText):
    """A rule of the audit; rules are compared by identity, their ids are unique.

    A rule with `permissions` reports every subject that holds one of them, per scope. A rule with a `check`
    looks at the cluster itself.
    """

    namespaced: Severity | None = None
    """For a grant in one other namespace; None: no grant within a namespace gives it."""
    named: Severity | None = None
    """For a grant limited by resourceNames; None: such a grant is no finding."""
    grave: frozenset[str] = frozenset()
    """resourceNames that are as bad as all of them."""
    own_role: bool = False
    """Whether the name of the very role that grants it is as bad as all names."""
    also: tuple[Permission, ...] = ()
    """The finding holds only if the subject also has one of these permissions in the same scope."""
    wildcard: Wildcard = Wildcard.FOLDED
    applies: Callable[[View], bool] | None = None
    """Whether the rule has a meaning in this cluster; None: in all."""
    check: Check | None = None
    subjects: frozenset[str] = frozenset()
    """Only these subjects, as `Group/dev`; empty: all."""
    only_scope: str = "any"
    """`any`; `cluster` or `namespace`: only grants of that reach."""
    own: bool = False
    """It comes from a policy file."""

    @property
    def paired(self) -> bool:
        """Whether some of its permissions are of no use alone."""
        return any(permission.also for permission in self.permissions)

    def problems(self) -> list[str]:
        """What is missing in the data of the rule."""
        found = [
            f"{self.id}: {field} is empty"
            for field in ("id", "name", "title", "why", "gain", "remedy", "references")
            if not getattr(self, field)
        ]
        if bool(self.permissions) == (self.check is not None):
            found.append(f"{self.id}: it needs either permissions or a check")
        local = any(permission.namespaced for permission in self.permissions)
        if self.permissions and local != (self.namespaced is not None):
            found.append(f"{self.id}: a severity for one namespace goes with permissions that one can grant")
        return found

    def graded(self, severity: Severity) -> Severity:
        """How bad a finding is by what was seen, unless a policy file says it for all of them."""
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

"""A finding of an audit: its rule, the subject or object, the scope, and the evidence."""

import hashlib
from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from rbacpsp.audit.permission import Match, permission_words
from rbacpsp.audit.rule_text import RuleText
from rbacpsp.audit.severity import Severity
from rbacpsp.model import (
    AnyObject,
    ClusterRole,
    ClusterRoleBinding,
    Request,
    Role,
    RoleBinding,
    Subject,
)
from rbacpsp.model.result import one_line
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.decision import Grant

PRIVILEGED_NAMESPACES = frozenset({"kube-system"})
"""Where Kubernetes' own components run: a grant there is as severe as one in the whole cluster."""

KNOWN = "it is in the baseline"
"""Why a finding that is in the baseline is ruled out."""
Binding = RoleBinding | ClusterRoleBinding
_NOBODY = ("", "", "")


class RuleMatch(Struct, frozen=True, gc=False):
    """A rule of a role, and the part of a permission that it grants."""

    rule_index: int
    match: Match


class Evidence(Struct, frozen=True, gc=False):
    """A binding, the role it grants, and the rules of that role that matter."""

    binding: Binding
    role: Role | ClusterRole
    hits: tuple[RuleMatch, ...]
    computed: bool = False


class EscalationPath(Protocol):
    """The actions by which a subject reaches a goal; see `rbacpsp.paths.search.Path`."""

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The grants that allow the actions, in their order."""

    def granting_objects(self, seen: set[tuple[int, int]]) -> Iterator[AnyObject]:
        """The bindings and roles of the grants, except those that another path with the same `seen` gave."""

    @property
    def evidence(self) -> Evidence | None:
        """The grant of the first action."""

    @property
    def first(self) -> tuple[Evidence, Subject] | None:
        """The grant of the first action, and the subject that the binding names."""

    @property
    def used(self) -> tuple[tuple[Evidence, Subject], ...]:
        """The grant of each action as evidence, and the subject that the binding names."""

    @property
    def permission(self) -> str:
        """The permission of the first action that has a grant, in words."""

    @property
    def words(self) -> str:
        """The actions in words."""

    @property
    def without_grants(self) -> str:
        """What to do about a path that no grant allows, in words; empty if a grant allows a part of it."""


class Finding(Struct, frozen=True, gc=False, eq=False):
    """A subject that holds a permission in a scope, or an object, that a rule of the audit reports."""

    rule: RuleText
    severity: Severity
    subject: Subject | None = None
    """As the bindings write it; a service account with its namespace."""
    scope: str = ""
    """The namespace to which it is limited; empty: the whole cluster."""
    evidence: tuple[Evidence, ...] = ()
    about: AnyObject | None = None
    """The object, where the finding is about one."""
    detail: str = ""
    """Details, in one or more sentences."""
    remedy: str = ""
    """The smallest change that removes the finding, where the check knows it; else empty."""
    ruled_out: str = ""
    """Why the finding is not reported; empty if it is reported."""
    way: EscalationPath | None = None
    """How the subject reaches the goal, where that takes several actions."""
    brief: str = ""
    """What distinguishes it from other findings of its rule about the same object; shown after the title."""
    _digest: bytes = b""
    """The fingerprint as bytes once it was asked for, as a report with changes names each finding often."""
    breaks: tuple[str, ...] = ()
    """The loaded workloads and pods that could fail after the remedy, where the check knows it; sorted."""

    def __repr__(self) -> str:
        subject, about = self.subject, self.about
        who = subject_text(subject) if subject else f"{about.kind} {about.name}" if about else "the cluster"
        return one_line(f"<Finding {self.rule.id}, {self.severity}: {who}: {self.title}, {self.where}>")

    @property
    def title(self) -> str:
        """What was found, in a few words."""
        return f"{self.rule.title}: {self.brief}" if self.brief else self.rule.title

    @property
    def fingerprint(self) -> str:
        """Identifies the finding by rule, subject, scope, object and names, not by severity or wording."""
        if not self._digest:
            force_setattr(self, "_digest", self._digested())
        return self._digest.hex()

    def _digested(self) -> bytes:
        """The fingerprint; the copies of a finding that the audit makes have the same."""
        subject, about = self.subject, self.about
        parts = (
            self.rule.id,
            *((subject.kind, subject.namespace, subject.name) if subject else _NOBODY),
            self.scope,
            *((about.kind, about.namespace, about.name) if about else _NOBODY),
            *self.names,
            *([self.brief] if self.brief else []),
        )
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()[:16]

    @property
    def said(self) -> str:
        """The detail, followed by the actions of a path."""
        return " ".join(filter(None, (self.detail, self.way.words if self.way else "")))

    def because(self, why: str) -> "Finding":
        """The finding, ruled out for a reason."""
        return replace(self, ruled_out=why)

    @property
    def names(self) -> tuple[str, ...]:
        """The objects to which the permissions are limited, sorted; empty if one is not limited."""
        names: set[str] = set()
        for evidence in self.evidence:
            for hit in evidence.hits:
                if not hit.match.names:
                    return ()
                names.update(hit.match.names)
        return tuple(sorted(names))

    @property
    def permission(self) -> str:
        """The granted permissions, in words."""
        return self.way.permission if self.way else permission_words(self.matches)

    @property
    def matches(self) -> tuple[Match, ...]:
        """The granted permissions; for a path, that of its first action."""
        return tuple([hit.match for evidence in self._used() for hit in evidence.hits])

    @property
    def request(self) -> Request | None:
        """A request that the API server allows because of this finding; None if no permission is granted."""
        for evidence in self._used():
            for hit in evidence.hits:
                return hit.match.request(evidence.binding.namespace if self.way else self.scope)
        return None

    def _used(self) -> tuple[Evidence, ...]:
        """The evidence; for a path, that of its first action."""
        first = self.way.evidence if self.way else None
        return (first,) if first else self.evidence

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Every rule of every binding that grants it, sorted; for a path, in the order of its actions."""
        if self.way is not None:
            return self.way.grants
        if self.subject is None:
            return ()
        return tuple(sorted(self._grants(self.subject), key=lambda grant: (grant.scope, grant.order)))

    def _grants(self, subject: Subject) -> Iterator[Grant]:
        for evidence in self.evidence:
            for index in dict.fromkeys(hit.rule_index for hit in evidence.hits):
                yield Grant(
                    evidence.binding,
                    evidence.role,
                    index,
                    evidence.role.rules[index],
                    subject,
                    evidence.computed,
                )

    @property
    def where(self) -> str:
        """The scope in words."""
        return f"namespace {self.scope}" if self.scope else "whole cluster"

    @property
    def order(self) -> tuple[int, str, str, str, str, str, tuple[str, ...], str]:
        """Sorts findings: the worst first, then by rule, scope and subject or object."""
        subject, about = self.subject, self.about
        subject_key = (subject.kind, subject.namespace, subject.name) if subject else ()
        object_key = (about.kind, about.namespace, about.name) if about else ()
        kind, namespace, name = subject_key or object_key or ("", "", "")
        other = object_key if subject_key else ()
        return (self.severity.rank, self.rule.id, self.scope, kind, namespace, name, other, self.brief)

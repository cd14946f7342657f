"""What an audit finds: the rule, who and where, and the evidence."""

import hashlib
from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

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
from rbacpsp.rbac.decision import Grant

PRIVILEGED_NAMESPACES = frozenset({"kube-system"})
"""Where Kubernetes' own components run: a grant there weighs as one in the whole cluster."""

KNOWN = "it is in the baseline"
"""Why a finding of the baseline is ruled out."""
Binding = RoleBinding | ClusterRoleBinding
_NOBODY = ("", "", "")


class Hit(Struct, frozen=True, gc=False):
    """A rule of a role, and what of a permission it gives."""

    rule_index: int
    match: Match


class Evidence(Struct, frozen=True, gc=False):
    """A binding, the role it grants, and the rules of that role that matter."""

    binding: Binding
    role: Role | ClusterRole
    hits: tuple[Hit, ...]
    computed: bool = False


class Way(Protocol):
    """The acts by which a subject reaches a goal; see `rbacpsp.paths.search.Path`."""

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The rules and the bindings that give it, in the order of the acts."""

    @property
    def evidence(self) -> Evidence | None:
        """The first of them."""

    @property
    def first(self) -> tuple[Evidence, Subject] | None:
        """The first of them, and whom the binding names."""

    @property
    def used(self) -> tuple[tuple[Evidence, Subject], ...]:
        """The grant of each act as findings have it, and whom the binding names."""

    @property
    def words(self) -> str:
        """The acts in words."""


class Finding(Struct, frozen=True, gc=False, eq=False):
    """One subject that holds what a rule is about, in one scope; or one object that a rule is about."""

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
    """What else is to be said, in a sentence or two."""
    remedy: str = ""
    """The smallest change, where the check knows better than the evidence."""
    ruled_out: str = ""
    """Why it is not reported, if it is not."""
    way: Way | None = None
    """How the subject reaches what the finding is about, where that takes several acts."""
    brief: str = ""
    """What tells it from other findings of its rule about the same object; it stands behind the title."""

    @property
    def title(self) -> str:
        """What was found, in a few words."""
        return f"{self.rule.title}: {self.brief}" if self.brief else self.rule.title

    @property
    def fingerprint(self) -> str:
        """The same as long as rule, subject, scope, object and names are; severity and wording may change."""
        subject, about = self.subject, self.about
        parts = (
            self.rule.id,
            *((subject.kind, subject.namespace, subject.name) if subject else _NOBODY),
            self.scope,
            *((about.kind, about.namespace, about.name) if about else _NOBODY),
            *self.names,
            *([self.brief] if self.brief else []),
        )
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def said(self) -> str:
        """What else is to be said: the detail, and the acts where it takes several."""
        return " ".join(filter(None, (self.detail, self.way.words if self.way else "")))

    def because(self, why: str) -> "Finding":
        """The same finding, ruled out for a reason."""
        return replace(self, ruled_out=why)

    @property
    def names(self) -> tuple[str, ...]:
        """The objects it is limited to, sorted; empty where one permission is not limited."""
        found: set[str] = set()
        for each in self.evidence:
            for hit in each.hits:
                if not hit.match.names:
                    return ()
                found.update(hit.match.names)
        return tuple(sorted(found))

    @property
    def permission(self) -> str:
        """What is granted, in words."""
        return permission_words(hit.match for each in self._used() for hit in each.hits)

    @property
    def request(self) -> Request | None:
        """A request that the API server allows because of this finding; None where it is no permission."""
        for each in self._used():
            for hit in each.hits:
                return hit.match.request(each.binding.namespace if self.way else self.scope)
        return None

    def _used(self) -> tuple[Evidence, ...]:
        """The evidence, or of several acts that of the first."""
        first = self.way.evidence if self.way else None
        return (first,) if first else self.evidence

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Every rule of every binding that gives it, sorted; of several acts in their order."""
        if self.way is not None:
            return self.way.grants
        if self.subject is None:
            return ()
        return tuple(sorted(self._grants(self.subject), key=lambda grant: (grant.scope, grant.order)))

    def _grants(self, subject: Subject) -> Iterator[Grant]:
        for each in self.evidence:
            for index in dict.fromkeys(hit.rule_index for hit in each.hits):
                yield Grant(each.binding, each.role, index, each.role.rules[index], subject, each.computed)

    @property
    def where(self) -> str:
        """The scope in words."""
        return f"namespace {self.scope}" if self.scope else "whole cluster"

    @property
    def order(self) -> tuple[int, str, str, str, str, str, tuple[str, ...], str]:
        """Sorts findings: the worst first, then by rule, scope and subject or object."""
        subject, about = self.subject, self.about
        who = (subject.kind, subject.namespace, subject.name) if subject else ()
        what = (about.kind, about.namespace, about.name) if about else ()
        kind, namespace, name = who or what or ("", "", "")
        other = what if who else ()
        return (self.severity.rank, self.rule.id, self.scope, kind, namespace, name, other, self.brief)

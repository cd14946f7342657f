"""The answers to questions about access: `Decision`, `Grant` and `Access`."""

from collections.abc import Callable, Iterable, Mapping
from operator import eq
from typing import Any

from msgspec import Struct

from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Request,
    Role,
    RoleBinding,
    Subject,
    User,
    Version,
)
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.go import quote
from rbacpsp.model.request import MASTERS
from rbacpsp.model.result import Shown, counted, one_line
from rbacpsp.model.subjects import subject_text
from rbacpsp.model.version import V1_24
from rbacpsp.rbac.forbidden import forbidden_message, refusal_reason


class Grant(Struct, frozen=True, gc=False):
    """One rule that a binding gives to a subject."""

    binding: RoleBinding | ClusterRoleBinding
    role: Role | ClusterRole
    """The role that the binding refers to; an aggregated role without rules has the computed ones."""
    rule_index: int
    """The index of the rule in the role, from 0."""
    rule: PolicyRule
    subject: Subject
    """As the binding writes it."""
    computed: bool
    """Whether the rules of the role were computed from its aggregationRule, as the controller does."""

    @property
    def scope(self) -> str:
        """The namespace to which the grant is limited; empty for the whole cluster."""
        return self.binding.metadata.namespace if type(self.binding) is RoleBinding else ""

    @property
    def sentence(self) -> str:
        """The reason that a SubjectAccessReview allowed by this grant gives, word for word.

        Source: pkg/registry/rbac/validation/rule.go, the two describers (1.24).
        """
        binding, subject, scope = self.binding, self.subject, self.scope
        bound = f"{binding.name}/{binding.namespace}" if type(binding) is RoleBinding else binding.name
        who = (
            f"{subject.name}/{subject.namespace or scope}"
            if subject.kind == "ServiceAccount"
            else subject.name
        )
        return (
            f"RBAC: allowed by {binding.kind} {quote(bound)} of {binding.role_ref.kind} "
            f"{quote(binding.role_ref.name)} to {subject.kind} {quote(who)}"
        )

    @property
    def order(self) -> tuple[str, str, int, Subject]:
        """Sorts grants: those of the whole cluster first, then by namespace, binding, rule and subject."""
        return (self.scope, self.binding.metadata.name, self.rule_index, self.subject)

    def __hash__(self) -> int:
        return hash(self.order)

    def __repr__(self) -> str:
        return f"<Grant {one_line(self.sentence)}>"


def sorted_grants(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Distinct grants, sorted by `Grant.order`."""
    return tuple(sorted(dict.fromkeys(grants), key=lambda grant: grant.order))


class Decision(Shown, Struct, frozen=True):
    """Whether a user may do something, and why; true when allowed."""

    user: User
    request: Request
    grants: tuple[Grant, ...]
    """Each rule of each binding that allows it, sorted; a binding counts for its first matching subject.

    Empty for a member of `system:masters`, who is allowed before RBAC decides.
    """
    errors: tuple[str, ...]
    """The server's messages about bindings of the user to missing roles, sorted."""
    version: Version = V1_24
    """The version whose wording refusals use."""
    incomplete: tuple[str, ...] = ()
    """One sentence for each part of the cluster that could not be read and could allow it."""

    @property
    def privileged(self) -> bool:
        """Whether the user is in `system:masters`."""
        return MASTERS in self.user.groups

    @property
    def allowed(self) -> bool:
        """Whether the API server would allow it."""
        return bool(self.grants) or self.privileged

    def __bool__(self) -> bool:
        return self.allowed

    def __repr__(self) -> str:
        return one_line(f"<Decision {'allowed' if self.allowed else 'refused'}: {self.reason!r}>")

    @property
    def reason(self) -> str:
        """The `status.reason` of a SubjectAccessReview.

        Empty for `system:masters`. If several grants allow it, the server names any one of them; this is the
        first. A refusal lists the errors.
        """
        if self.privileged:
            return ""
        if self.grants:
            return self.grants[0].sentence
        return refusal_reason(self.errors, self.version) if self.errors else ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons that the server may give: one for each grant, or that of `system:masters`."""
        return ("",) if self.privileged else tuple(grant.sentence for grant in self.grants)

    @property
    def message(self) -> str | None:
        """The message of the API's 403 answer when refused, else None."""
        return (
            None
            if self.allowed
            else forbidden_message(self.user.name, self.request, self.reason, self.version)
        )


class ComputedGrants(Struct, frozen=True, eq=False):
    """Looks up grants that are already computed."""

    grants: Mapping[Subject, tuple[Grant, ...]]

    def __call__(self, subject: Subject) -> tuple[Grant, ...]:
        """The grants of a subject."""
        return self.grants[subject]


class Access(Struct, frozen=True, gc=False, eq=False):
    """A subject that may do something, and the grants that allow it."""

    subject: Subject
    """As the bindings write it; if `WhoCan.expand` added it, a service account with its namespace."""
    find: Callable[[Subject], tuple[Grant, ...]]
    """Computes the grants when they are first read."""
    controls: tuple[str, ...] = ()
    """The kinds whose pods this service account creates; only `WhoCan.expand` fills them in."""

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Each rule of each binding that allows it, sorted; none for `system:masters`."""
        return self.find(self.subject)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces in which the subject may do it, sorted; `""` means everywhere."""
        return tuple(sorted({grant.scope for grant in self.grants})) or ("",)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Access):
            return NotImplemented
        own_key, other_key = (self.subject, self.controls), (other.subject, other.controls)
        return own_key == other_key and self.grants == other.grants

    def __ne__(self, other: object) -> bool:
        return not eq(self, other)  # a Struct would answer by identity

    def __hash__(self) -> int:
        return hash((self.subject, self.controls))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy it with its computed grants."""
        return (
            Access,
            (self.subject, ComputedGrants(FrozenDict({self.subject: self.grants})), self.controls),
        )

    def __repr__(self) -> str:
        return f"<Access of {subject_text(self.subject)!r}: {counted(len(self.grants), 'grant')}>"

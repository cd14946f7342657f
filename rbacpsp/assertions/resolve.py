"""Resolves the subjects and requests of an assertion, or explains why they cannot be checked.

The server refuses everything to a misspelled account, and refuses a resource that it does not serve to
everybody. Such an answer proves nothing, so it is distinguished from a refusal.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import NamedTuple

from rbacpsp.assertions.access import RequestCombinations
from rbacpsp.assertions.inputs import AssertionCluster
from rbacpsp.assertions.outcome import CannotBeAskedError
from rbacpsp.assertions.requests import AssertedRequests, literal
from rbacpsp.audit import RULES, Audit
from rbacpsp.catalog.bootstrap_objects import Bootstrap
from rbacpsp.model import ClusterRoleBinding, Request, RoleBinding, Subject, User
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    ALL_SERVICE_ACCOUNTS,
    ALL_UNAUTHENTICATED,
    ANONYMOUS,
    MASTERS,
)
from rbacpsp.model.subjects import subject_text, user_of
from rbacpsp.paths import Paths
from rbacpsp.psp.versions import REMOVED
from rbacpsp.rbac.decision import Grant
from rbacpsp.rbac.index import split_user, subject_meant
from rbacpsp.rbac.role_refs import Roles
from rbacpsp.simulate import Row
from rbacpsp.simulate.levels import level_verdicts
from rbacpsp.simulate.verdict import AdmissionVerdict, Key

_EVERY_SERVER = frozenset(
    {
        Subject("Group", ALL_AUTHENTICATED),
        Subject("Group", ALL_UNAUTHENTICATED),
        Subject("Group", ALL_SERVICE_ACCOUNTS),
        Subject("Group", MASTERS),
        Subject("User", ANONYMOUS),
    }
)


def user_with_groups(subject: Subject) -> User:
    """The user that a subject names, with groups that the server adds; for a group, one of its members."""
    if subject.kind != "Group":
        return user_of(subject)
    name = subject.name
    if name in {ALL_UNAUTHENTICATED, ALL_AUTHENTICATED}:
        return User("", (name,))
    if name.startswith(f"{ALL_SERVICE_ACCOUNTS}:"):
        return User("", (name, ALL_SERVICE_ACCOUNTS, ALL_AUTHENTICATED))
    return User("", (name, ALL_AUTHENTICATED))


def user_subject(name: str) -> Subject:
    """The subject of a user name: a service account if the name is that of one."""
    account = split_user(name)
    return Subject("ServiceAccount", account.name, account.namespace) if account else Subject("User", name)


@dataclass(frozen=True, slots=True)
class Who:
    """The subjects of an assertion."""

    subjects: tuple[Subject, ...] = ()
    """The subjects; a name may be a pattern with `*`."""
    live: bool = False
    """Whether the user of the live login is included."""


class AssertionSubject(NamedTuple):
    """One subject of an assertion."""

    words: str
    subject: Subject
    user: User
    """The subject with all of its groups."""


class Asking:
    """A cluster, and what is derived from it once for all assertions."""

    def __init__(
        self, cluster: AssertionCluster, *, include_system: bool = False, live: User | None = None
    ) -> None:
        self.cluster = cluster
        self.include_system = include_system
        self.objects = cluster.objects
        self.authorizer = cluster.authorizer
        self.version = cluster.kubernetes_version
        self.policy_version = cluster.policy_version
        self._roles = Roles(cluster.objects)
        self._live = live
        version = None if cluster.version_is_assumed else cluster.kubernetes_version
        self._own = None if include_system else Bootstrap(version)

    @cached_property
    def paths(self) -> Paths:
        """The escalation paths."""
        return self.cluster.paths()

    @cached_property
    def audit(self) -> Audit:
        """The risky permissions."""
        return self.cluster.audit()

    @cached_property
    def rule_words(self) -> frozenset[str]:
        """The ids and names of the rules of the audit."""
        rules = [*RULES, *(finding.rule for finding in self.audit.findings)]
        return frozenset(word for rule in rules for word in (rule.id, rule.name))

    @property
    def has_policies(self) -> bool:
        """Whether the server enforces PodSecurityPolicy: it has the API, and there are policies."""
        return bool(self.objects.policies) and self.version < REMOVED

    @cached_property
    def rows(self) -> Mapping[Key, Row]:
        """The verdict of policies on each workload, by (namespace, kind, name); empty without policies."""
        return {row.key: row for row in self.cluster.simulate()} if self.has_policies else {}

    @cached_property
    def levels(self) -> Mapping[Key, AdmissionVerdict]:
        """The verdict of Pod Security on each workload, by (namespace, kind, name)."""
        return level_verdicts(self.cluster)

    def is_own(self, grant: Grant) -> bool:
        """Whether a grant is a bootstrap grant, and those do not count."""
        return self._own is not None and self._own.subject(grant.binding, grant.subject)

    def askers(self, who: Who, doubts: list[str]) -> list[AssertionSubject]:
        """The distinct subjects; reasons why others cannot be checked are added to the doubts."""
        meant_subjects: list[Subject] = []
        for subject in who.subjects:
            try:
                meant_subjects += self.meant(subject)
            except CannotBeAskedError as error:
                doubts.append(str(error))
        asker_list = [
            AssertionSubject(subject_text(subject), subject, user_with_groups(subject))
            for subject in dict.fromkeys(meant_subjects)
        ]
        if who.live and self._live is None:
            doubts.append("the logged-in user is unknown: live needs a live cluster")
        elif who.live and self._live is not None:
            subject = user_subject(self._live.name)
            asker_list.append(AssertionSubject(f"{subject_text(subject)} (live)", subject, self._live))
        return asker_list

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """The namespaces that are loaded or contain an object."""
        used_namespaces = {obj.metadata.namespace for obj in self.objects}
        return frozenset((used_namespaces | self.objects.namespaces.keys()) - {""})

    @cached_property
    def _errors(self) -> dict[tuple[Subject, str], list[str]]:
        """The errors of the roleRefs of bindings, by subject and scope; empty where the role exists."""
        errors_of: dict[tuple[Subject, str], list[str]] = {}
        objects = self.objects
        bindings: list[tuple[RoleBinding | ClusterRoleBinding, str]] = [
            *((binding, "") for binding in objects.cluster_role_bindings.values()),
            *((binding, namespace) for (namespace, _), binding in objects.role_bindings.items()),
        ]
        for binding, namespace in bindings:
            error = self._roles.resolve(binding.role_ref, namespace).error
            for written_subject in binding.subjects:
                if subject := subject_meant(written_subject, namespace):
                    text = f"{binding.kind} {binding.name} of {subject_text(subject)}: {error}"
                    errors_of.setdefault((subject, namespace), []).append(text if error else "")
        return errors_of

    @cached_property
    def subjects(self) -> frozenset[Subject]:
        """The subjects that are loaded or that an object names."""
        named = {subject for subject, _ in self._errors}
        accounts = {
            Subject("ServiceAccount", name, namespace) for namespace, name in self.objects.service_accounts
        }
        groups = {Subject("Group", f"{ALL_SERVICE_ACCOUNTS}:{namespace}") for namespace in self.namespaces}
        return frozenset(named | accounts | groups | _EVERY_SERVER)

    def meant(self, subject: Subject) -> tuple[Subject, ...]:
        """The subjects that a name or a pattern matches.

        Raises:
            CannotBeAskedError: No object names such a subject.
        """
        text = subject_text(subject)
        if "*" not in text:
            if subject not in self.subjects:
                raise CannotBeAskedError(f"no object names {text}")
            return (subject,)
        matches = sorted(
            known
            for known in self.subjects
            if known.kind == subject.kind
            and fnmatchcase(known.name, literal(subject.name))
            and fnmatchcase(known.namespace, literal(subject.namespace))
        )
        if not matches:
            raise CannotBeAskedError(f"no object names a subject like {text}")
        return tuple(matches)

    def requests(self, access: RequestCombinations) -> tuple[Request, ...]:
        """Every combination of the access.

        Raises:
            CannotBeAskedError: No request has a verb, a resource or a name of it, or there is no such
                namespace.
        """
        return self._requests.of(access)

    @cached_property
    def _requests(self) -> AssertedRequests:
        return AssertedRequests(self.cluster.catalog, self.objects, self.namespaces)

    def leads_nowhere_at_all(self, subject: Subject) -> str:
        """Why it proves nothing that a subject reaches no goal: its bindings refer to missing roles."""
        errors = [
            error
            for (bound_subject, _), messages in self._errors.items()
            if bound_subject == subject
            for error in messages
        ]
        return errors[0] if errors and all(errors) else self.unread(kinds=None)

    def unread(self, namespace: str = "", kinds: Collection[str] | None = RBAC_KINDS) -> str:
        """A sentence about unread objects of some kinds (None: any) in a namespace, or anywhere."""
        sentences = self.cluster.unread(kinds, namespace or None)
        return sentences[0] if sentences else ""

    def leads_nowhere(self, subject: Subject, namespace: str) -> str:
        """Why a refusal proves nothing: its bindings refer to missing roles, or some could not be read."""
        scopes = dict.fromkeys(("", namespace))
        errors = [error for scope in scopes for error in self._errors.get((subject, scope), ())]
        return errors[0] if errors and all(errors) else self.unread(namespace)

"""`Usage`: how the grants of a cluster were used according to audit logs, computed on first use."""

from collections.abc import Callable, Iterator
from functools import cached_property
from math import inf
from typing import Any, Protocol

from msgspec import Struct

from rbacpsp.auditlog.authorizations import AuthorizationRequest
from rbacpsp.auditlog.coverage import missing_requests
from rbacpsp.auditlog.reading import Reader
from rbacpsp.auditlog.record import Record, RecordedPolicyUse, Tally
from rbacpsp.auditlog.removable import WAYS, By, Needs, Unused, unused
from rbacpsp.auditlog.requests import Requests, requests_of
from rbacpsp.auditlog.risk import Risk, risk_of
from rbacpsp.auditlog.rows import UsageRow, usage_rows
from rbacpsp.auditlog.synthesis import Synthesis, synthesise
from rbacpsp.auditlog.widening import WAYS as GENERALISATIONS
from rbacpsp.auditlog.widening import Generalise, widening
from rbacpsp.auditlog.window import MIN_DAYS, Window
from rbacpsp.catalog.bootstrap import bootstrap_policy
from rbacpsp.catalog.bootstrap_objects import of_any_version
from rbacpsp.model import Objects, PolicyRule, Subject, User, Version
from rbacpsp.model.argument_types import one_of, require, require_kind
from rbacpsp.model.frozen import unchanging
from rbacpsp.model.origin import Document
from rbacpsp.model.request import ALL_AUTHENTICATED, ALL_SERVICE_ACCOUNTS, ALL_UNAUTHENTICATED
from rbacpsp.model.result import Framed, counted
from rbacpsp.model.subjects import subject_named
from rbacpsp.model.version import NEWEST, V1_24
from rbacpsp.rbac import Authorizer
from rbacpsp.rbac.mending import smallest_grant

_FEW = 0.01
"""The share of requests that a server itself ends before it decides, such as those above its limits."""


class LoggedCluster(Protocol):
    """The cluster while a log was written."""

    @property
    def objects(self) -> Objects:
        """The objects on the server."""

    @property
    def authorizer(self) -> Authorizer:
        """The authorizer of the objects."""

    @property
    def kubernetes_version(self) -> Version:
        """The release."""

    @property
    def version_is_assumed(self) -> bool:
        """Whether the release is assumed."""


class Denied(Struct, frozen=True):
    """A refused request, and the grant that would allow it."""

    asked: AuthorizationRequest
    count: int
    last: str
    allowed_now: bool
    """Whether it is allowed now, since grants have changed."""
    objects: tuple[dict[str, Any], ...]
    """The smallest role and binding that would allow it to its user."""


class Broken(Struct, frozen=True):
    """A recorded allowed request that a change would refuse."""

    asked: AuthorizationRequest
    count: int
    last: str


class Check(Struct, frozen=True):
    """The recorded requests that a change would break; true if it breaks no request."""

    requests: int
    """How many distinct allowed requests were decided again."""
    broken: tuple[Broken, ...]

    def __bool__(self) -> bool:
        return not self.broken


@unchanging
class Usage(Framed):
    """How the grants of a cluster were used according to audit logs."""

    def __init__(self, state: LoggedCluster, reader: Reader, *, user: str = "") -> None:
        """Set up the usage of a log.

        Args:
            state: The cluster while the log was written.
            reader: The reader of the log, which must be finished.
            user: Only rows about this user; empty: everybody.
        """
        self._state = state
        self._reader = reader
        self._record = reader.record
        self.user = user

    def __repr__(self) -> str:
        return f"<Usage: {counted(self._record.requests, 'request')}>"

    @cached_property
    def requests(self) -> Requests:
        """The distinct requests."""
        return requests_of(self._record)

    @cached_property
    def _needs(self) -> Needs:
        return Needs(self._state.authorizer, self._state.objects, self.requests.allowed)

    @cached_property
    def window(self) -> Window:
        """The time that the log covers, and the data that it lacks."""
        record, timeline = self._record, self._record.timeline
        recorded = (*self.requests.allowed, *self.requests.denied)
        one_user = bool(record.choice.user)  # the requests of one user show nothing about others
        not_recorded = () if one_user else missing_requests(recorded, self._rules(), timeline.span)
        return Window(
            first=timeline.first,
            last=timeline.last,
            days=timeline.days,
            silent_days=timeline.silent_days,
            requests=record.requests,
            allowed=record.allowed,
            denied=record.requests - record.allowed,
            duplicates=record.duplicates,
            damaged=self._reader.damaged,
            damaged_places=tuple(self._reader.places),
            undecided=record.undecided,
            servers=timeline.servers,
            gaps=timeline.gaps,
            unexplained=len(self._needs.unexplained),
            hidden=(*self._reader.notes, *_without_decision(record), *not_recorded),
        )

    @property
    def policies(self) -> dict[RecordedPolicyUse, Tally]:
        """The pods that PodSecurityPolicies admitted, which is the only trace of their `use`."""
        return self._record.policies

    @property
    def unexplained(self) -> tuple[AuthorizationRequest, ...]:
        """Requests recorded as allowed that these grants refuse: grants changed, or RBAC did not decide."""
        return tuple(self._needs.unexplained)

    def _rules(self) -> Iterator[PolicyRule]:
        bootstrap = of_any_version()
        for role in self._needs.sources.roles(self._state.objects):
            if not bootstrap.role(role):
                yield from role.rules

    @cached_property
    def rows(self) -> tuple[UsageRow, ...]:
        """How each grant was used, without bootstrap objects."""
        return tuple(self.rows_of())

    def rows_of(self, *, include_system: bool = False) -> Iterator[UsageRow]:
        """How each grant was used.

        Args:
            include_system: Whether Kubernetes' bootstrap objects have rows.
        """
        return usage_rows(
            self._state.objects,
            self._state.authorizer,
            self._needs.supports,
            self.requests.allowed,
            user=self.user,
            include_system=include_system,
        )

    @cached_property
    def risk(self) -> Risk:
        """How dangerous each grant is by the rules of the audit, and how many paths use it."""
        state = self._state
        return risk_of(
            state.objects, state.authorizer, state.kubernetes_version, assumed=state.version_is_assumed
        )

    @cached_property
    def unused(self) -> Unused:
        """The bindings that can be removed; see `unused_by`."""
        return self.unused_by("binding")

    def unused_by(
        self, by: By = "binding", *, min_days: float = MIN_DAYS, include_system: bool = False
    ) -> Unused:
        """The grants that can be removed without refusing any request that was recorded as allowed.

        Args:
            by: The unit to remove: `binding`, `subject`, `rule`, `verb`, `resource`, `name` or `url`.
            min_days: With fewer days of log an item is `not seen` instead of `removable`.
            include_system: Whether bootstrap objects are included.

        Raises:
            ValueError: The unit is unknown, or the number of days is negative or none.
        """
        require_kind("by", by, one_of(*WAYS))
        require("min_days", min_days, int | float, "a number of days")
        if not 0 <= min_days < inf:
            raise ValueError(f"min_days must be a number of days from 0 on, not {min_days}")
        enough = self._record.timeline.days >= min_days
        return unused(
            self._needs,
            self._state.objects,
            by,
            enough=enough,
            include_system=include_system,
            weight=self.risk.weight,
        )

    def role(self, subject: Subject | User | str, generalise: Generalise = "none") -> Synthesis:
        """The smallest roles that allow exactly the recorded requests of a user, and their bindings.

        Args:
            subject: The user: a name as the server sees it, a User, or a Subject of a user or account.
            generalise: How they may allow more: `none`, `names`, `namespaces` or `verbs`.

        Raises:
            ValueError: The value of `generalise` is unknown.
        """
        require_kind("generalise", generalise, one_of(*GENERALISATIONS))
        name = user_name(subject)
        requests_of_user = [recorded for recorded in self.requests.allowed if recorded.user == name]
        not_by_bootstrap = [
            recorded for recorded in requests_of_user if not self._allowed_by_kubernetes(recorded)
        ]
        return synthesise(
            [recorded.request for recorded in not_by_bootstrap],
            subject_named(User(name)),
            self._state.objects,
            widen=widening(generalise, self._state.objects.namespaces),
            by_kubernetes=len(
                {recorded.request for recorded in requests_of_user}
                - {recorded.request for recorded in not_by_bootstrap}
            ),
        )

    def _allowed_by_kubernetes(self, recorded: AuthorizationRequest) -> bool:
        """Whether bootstrap roles allow a request to every authenticated or unauthenticated user."""
        groups = tuple(group for group in recorded.groups if _is_added_by_server(group))
        user = User(recorded.user, groups)
        return all(
            bool(bootstrap_server.authorize(user, recorded.request))
            for bootstrap_server in self._bootstrap_authorizers
        )

    @cached_property
    def _bootstrap_authorizers(self) -> tuple[Authorizer, ...]:
        """Authorizers with only the bootstrap objects; several if the release is assumed."""
        state = self._state
        versions = (V1_24, NEWEST) if state.version_is_assumed else (state.kubernetes_version,)
        return tuple(map(_bootstrap_authorizer, versions))

    @cached_property
    def denied(self) -> tuple[Denied, ...]:
        """The refused requests, the most frequent first, and the grants that would allow them."""
        refusals = [
            Denied(
                recorded,
                tally.count,
                tally.last,
                bool(self._state.authorizer.authorize(recorded.who, recorded.request)),
                smallest_grant([recorded.request], subject_named(User(recorded.user)), self._state.objects),
            )
            for recorded, tally in self.requests.denied.items()
            if not self.user or recorded.user == self.user
        ]
        return tuple(
            sorted(refusals, key=lambda refusal: (-refusal.count, refusal.asked[:1], str(refusal.asked)))
        )

    def check(self, after: Callable[[User, Any], Any]) -> Check:
        """Which recorded allowed requests a change would break.

        Args:
            after: Decides a request of a user after the change: `authorize` of the changed cluster.
        """
        authorize = self._state.authorizer.authorize
        still_allowed = [
            (request, tally)
            for request, tally in self.requests.allowed.items()
            if authorize(request.who, request.request)
        ]
        broken = [
            Broken(request, tally.count, tally.last)
            for request, tally in still_allowed
            if not after(request.who, request.request)
        ]
        return Check(
            len(still_allowed),
            tuple(sorted(broken, key=lambda request: (-request.count, str(request.asked)))),
        )


def user_name(subject: Subject | User | str) -> str:
    """The name of a user in a log."""
    if isinstance(subject, str):
        return subject
    if isinstance(subject, User):
        return subject.name
    if subject.kind == "ServiceAccount":
        return User.service_account(subject.namespace, subject.name).name
    return subject.name


def _is_added_by_server(group: str) -> bool:
    """Whether every server adds users to a group automatically."""
    return group in {ALL_AUTHENTICATED, ALL_UNAUTHENTICATED} or group.startswith(ALL_SERVICE_ACCOUNTS)


def _bootstrap_authorizer(version: Version) -> Authorizer:
    objects = Objects(kubernetes_version=version)
    for obj in bootstrap_policy(version):
        objects.add(obj, Document(""))
    return Authorizer(objects)


def _without_decision(record: Record) -> Iterator[str]:
    """Tells that many requests of known users have no decision, which few have that a server wrote."""
    count = record.undecided_of_users
    if count > record.requests * _FEW:
        yield (
            f"the log has no decision (annotation authorization.k8s.io/decision) about {count:,} of the "
            "finished requests of known users; they are not counted, and the export may leave annotations out"
        )

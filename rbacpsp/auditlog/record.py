"""Counts what a log recorded: which requests were decided, how, and when.

Memory grows with the number of distinct requests, not with the log.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

from msgspec import Raw, Struct

from rbacpsp.auditlog.authorizations import Impersonation, Key, impersonation_of, request_key
from rbacpsp.auditlog.event import COMPLETE, NOBODY, PANIC, STARTED, Actors, Event, User
from rbacpsp.auditlog.timeline import Timeline, normal_time

WINDOW = 1_000_000
"""An auditID is counted once within at least this number of events."""
DISTINCT = 200_000
"""With more distinct requests than this, irrelevant names of objects are no longer distinguished."""
MANY = "<many names>"
_FINAL, _STARTED, _COUNTED = 1, 2, 4
_ALLOW = "allow"
_DECIDED = frozenset({COMPLETE, PANIC, STARTED})
_NULL = b"null"
_TIME_LENGTH = len("2026-01-31T12:34:56.123456Z")

Recorded = tuple[Key, bool, str]
"""A request, whether it was allowed, and the recorded reason."""


class Tally(Struct, gc=False):
    """How often something was recorded, and when."""

    count: int = 0
    first: str = ""
    last: str = ""

    def add(self, when: str) -> None:
        """Count one more event."""
        self.count += 1
        self.last = max(self.last, when)
        if not self.first or when < self.first:
            self.first = when

    def merge(self, other: "Tally") -> None:
        """Add another tally to this one."""
        self.count += other.count
        self.last = max(self.last, other.last)
        self.first = min(filter(None, (self.first, other.first)), default="")


class RecordedPolicyUse(Struct, frozen=True):
    """A pod that a PodSecurityPolicy admitted according to an event."""

    policy: str
    user: str
    namespace: str


class EventFilter(Struct, frozen=True):
    """Which events are counted.

    Times are compared as texts in UTC; empty: no bound.
    """

    since: str = ""
    until: str = ""
    user: str = ""
    """Only requests by this user or that impersonate it; empty: everybody's."""


class DecisionEvent(Struct, frozen=True):
    """A recorded decision, and the auditID of its event."""

    audit_id: str
    recorded: Recorded


class Record:
    """Counts events."""

    def __init__(
        self,
        choice: EventFilter | None = None,
        *,
        names: Collection[str] | None = None,
        is_named: Callable[[Recorded], bool] | None = None,
    ) -> None:
        """Set up the record.

        Args:
            choice: Which events are counted.
            names: The names of objects on which a decision may depend, those of resourceNames. Once there are
                very many distinct requests, those that differ only in other names count as one, with the name
                `MANY`. None: every name is kept.
            is_named: Whether the events of a decision are kept in `named`; called once for each distinct
            decision.
        """
        self.choice = choice or EventFilter()
        self.decisions: dict[Recorded, Tally] = {}
        self.impersonations: dict[Impersonation, Tally] = {}
        self.policies: dict[RecordedPolicyUse, Tally] = {}
        self.timeline = Timeline()
        self.named: list[DecisionEvent] = []
        self._names = names
        self._is_named = is_named
        self._to_name: set[Recorded] = set()
        self.duplicates = 0
        self.taken = 0
        """The number of all events that were read, counted or not."""
        self.undecided = 0
        """Finished requests without a decision: they ended before they were authorized."""
        self.undecided_of_users = 0
        """Those of users that the server knew."""
        self._seen: dict[int, int] = {}
        self._seen_before: dict[int, int] = {}
        self._waiting: dict[int, Event] = {}
        self._waiting_before: dict[int, Event] = {}
        self._actors = Actors()

    def take(self, events: Sequence[Event], server: str) -> None:
        """Count events of one server.

        This is one loop, since logs have millions of events.

        Args:
            events: In the order of the log.
            server: The server that wrote the log, for the gaps.
        """
        self.taken += len(events)
        hours = self.timeline.hours_of(server)
        hour = ["", ""]
        current_hour = "none yet"
        decisions, seen, before = self.decisions, self._seen, self._seen_before
        choosing = bool(self.choice.since or self.choice.until or self.choice.user)
        known_user, user_of = self._actors.get, self._actors.user
        for event in self._within(events) if choosing else events:
            when = event.request_received_timestamp or ""
            if len(when) != _TIME_LENGTH:
                when = time_of(event)
            if when[:13] != current_hour:
                current_hour = when[:13]
                hour = hours.setdefault(current_hour, [when, when])
            if when > hour[1]:
                hour[1] = when
            elif when < hour[0]:
                hour[0] = when
            stage = event.stage
            if stage != COMPLETE and stage not in _DECIDED:
                continue
            notes = event.annotations
            if notes is None or not notes.decision:
                if stage != STARTED:
                    self.undecided += 1
                    self.undecided_of_users += bool(user_of(bytes(event.user))[0])
                continue
            if choosing and not self._is_chosen(event):
                continue
            number = hash(event.audit_id)
            if number in seen or number in before or stage == STARTED:
                if not self._is_new(number, event):
                    continue
            else:
                seen[number] = _FINAL | _COUNTED
            value = bytes(event.user)
            actor = known_user(value) or user_of(value)
            impersonated_value = event.impersonated_user
            key = request_key(
                event,
                actor if impersonated_value is NOBODY else self._impersonated(impersonated_value) or actor,
            )
            recorded = (key, notes.decision == _ALLOW, notes.reason or "")
            tally = decisions.get(recorded)
            if tally is None:
                tally = self._new_tally(recorded, when)
            tally.count += 1
            if when > tally.last:
                tally.last = when
            elif when < tally.first:
                tally.first = when
            if impersonated_value is not NOBODY or notes.admit_policy or self._to_name:
                self._note(event, actor, recorded, when)
            if len(seen) >= WINDOW:
                self._next_window(server)
                seen, before = self._seen, self._seen_before

    def finish(self) -> None:
        """Count requests that began and whose end is not in the log."""
        self._next_window("")
        self._next_window("")

    def _within(self, events: Sequence[Event]) -> Iterator[Event]:
        since, until = self.choice.since, self.choice.until
        for event in events:
            when = time_of(event)
            if not ((since and when < since) or (until and when >= until)):
                yield event

    def _is_chosen(self, event: Event) -> bool:
        name = self.choice.user
        users = (self._actors.user(bytes(value)) for value in (event.user, event.impersonated_user))
        return not name or any(user[0] == name for user in users)

    def _impersonated(self, value: Raw) -> User | None:
        """The impersonated user; None for null."""
        text = bytes(value)
        return None if text == _NULL else self._actors.user(text)

    def _is_new(self, number: int, event: Event) -> bool:
        """Whether to count an event now, although it may not be the first one of its auditID."""
        marks = self._seen.get(number) or self._seen_before.get(number, 0)
        if event.stage == STARTED:
            if marks & _STARTED:
                self.duplicates += 1
                return False
            self._seen[number] = marks | _STARTED
            if not marks & (_FINAL | _COUNTED):
                event.keep()
                self._waiting[number] = event
            return False
        if marks & _FINAL:
            self.duplicates += 1
            return False
        self._waiting.pop(number, None)
        self._waiting_before.pop(number, None)
        self._seen[number] = marks | _FINAL | _COUNTED
        return not marks & _COUNTED

    def _new_tally(self, recorded: Recorded, when: str) -> Tally:
        """The tally of a new decision, or of all that differ only in the names of objects."""
        key = recorded[0]
        name = key[6]
        if self._names is not None and name and len(self.decisions) >= DISTINCT and name not in self._names:
            recorded = ((*key[:6], MANY, key[7]), *recorded[1:])
        elif self._is_named is not None and self._is_named(recorded):
            self._to_name.add(recorded)
        return self.decisions.setdefault(recorded, Tally(0, when, when))

    def _next_window(self, server: str) -> None:
        """Drop events older than the window, and count requests that began then and did not end."""
        old, self._waiting_before, self._waiting = self._waiting_before, self._waiting, {}
        self._seen_before, self._seen = self._seen, {}
        for number, event in old.items():
            self._seen.pop(number, None)
            self._seen_before.pop(number, None)
            event.stage = COMPLETE
            self.taken -= 1
            self.take((event,), server)
            self._seen[number] = _STARTED | _COUNTED

    def _note(self, event: Event, actor: User, recorded: Recorded, when: str) -> None:
        """Count an event's impersonation and admitting policy, and keep its auditID if it is to be named."""
        key = recorded[0]
        impersonation = impersonation_of(event, actor, key)
        if impersonation is not None:
            self.impersonations.setdefault(impersonation, Tally()).add(when)
        notes = event.annotations
        if notes is not None and notes.admit_policy:
            use = RecordedPolicyUse(notes.admit_policy, key[0][0], key[5])
            self.policies.setdefault(use, Tally()).add(when)
        if recorded in self._to_name:
            self.named.append(DecisionEvent(event.audit_id, recorded))

    @property
    def requests(self) -> int:
        """The number of events with a decision."""
        return sum(tally.count for tally in self.decisions.values())

    @property
    def allowed(self) -> int:
        """The number of events with an allowing decision."""
        return sum(tally.count for (_, allowed, _), tally in self.decisions.items() if allowed)


def time_of(event: Event) -> str:
    """The time a request was received, else that of its stage; sorting the texts sorts the times."""
    when = event.request_received_timestamp or event.stage_timestamp or ""
    return when if len(when) == _TIME_LENGTH else normal_time(when)

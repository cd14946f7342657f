"""`can`, `cannot` and `only`: whether requests are allowed, and only to some subjects."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rbacpsp.assertions.access import RequestCombinations
from rbacpsp.assertions.outcome import AssertionOutcome, DemandFailure
from rbacpsp.assertions.resolve import Asking, Who
from rbacpsp.model import Request, Subject
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.decision import Grant
from rbacpsp.rbac.index import MASTERS_SUBJECT, subject_meant
from rbacpsp.rbac.match import ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Requires that each of some subjects is allowed every combination, or that none is allowed any."""

    who: Who
    access: RequestCombinations
    allowed: bool

    def judge(self, asking: Asking) -> AssertionOutcome:
        """Decide every request of each subject."""
        outcome = AssertionOutcome()
        requests = asking.requests(self.access)
        _judge(asking, self.who, requests, outcome, allowed=self.allowed)
        if not self.allowed:
            outcome.doubts += _stars(self.access)
        return outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Requires that each of some subjects is allowed every combination, and nobody else is allowed any."""

    subjects: tuple[Subject, ...]
    access: RequestCombinations

    def judge(self, asking: Asking) -> AssertionOutcome:
        """Decide every request of each subject, then find who else may make one."""
        outcome = AssertionOutcome()
        requests = asking.requests(self.access)
        expected_subjects = _judge(asking, Who(self.subjects), requests, outcome, allowed=True)
        outcome.failures += _others(asking, requests, expected_subjects)
        if unread := asking.unread():
            outcome.doubts.append(unread)
        outcome.doubts += _stars(self.access)
        return outcome


def _stars(access: RequestCombinations) -> Iterator[str]:
    """Why a refusal proves less than it seems: a `*` is refused to whoever may do all but one of them."""
    words = {
        "verbs": access.verbs,
        "resources": access.resources,
        "subresources": access.subresources,
        "URLs": access.urls,
    }
    for key, members in words.items():
        for member in members:
            if ALL in member:
                yield (
                    f'"{member}" asks for all such {key} at once, and its refusal says nothing about one of '
                    "them: list those that matter, or write cannotReach: cluster-admin for full control"
                )


def _judge(
    asking: Asking, who: Who, requests: Iterable[Request], outcome: AssertionOutcome, *, allowed: bool
) -> frozenset[Subject]:
    """Decide every request for each subject; return the subjects that the names stand for."""
    askers = asking.askers(who, outcome.doubts)
    for asker in askers:
        for request in requests:
            decision = asking.authorizer.authorize(asker.user, request)
            if decision.allowed and not allowed:
                grant_words = f": {decision.reason}" if decision.reason else ", as a member of system:masters"
                outcome.failures.append(
                    DemandFailure(f"{asker.words} may {request_words(request)}{grant_words}", decision.grants)
                )
            elif not decision.allowed:
                doubt = asking.leads_nowhere(asker.subject, request.namespace)
                if doubt:
                    outcome.doubts.append(doubt)
                elif allowed:
                    outcome.failures.append(DemandFailure(f"{asker.words} may not {request_words(request)}"))
    return frozenset(asker.subject for asker in askers)


def _others(
    asking: Asking, requests: Iterable[Request], expected: frozenset[Subject]
) -> Iterator[DemandFailure]:
    for request in requests:
        for subject, grants in holders(asking, request).items():
            if subject not in expected:
                message = (
                    f"{subject_text(subject)} may {request_words(request)} as well: {grants[0].sentence}"
                )
                yield DemandFailure(message, tuple(grants))


def holders(asking: Asking, request: Request) -> dict[Subject, list[Grant]]:
    """The subjects that may do something, without system:masters and bootstrap subjects that do not count."""
    grants_of: dict[Subject, list[Grant]] = {}
    for access in asking.authorizer.who_can(request):
        for grant in access.grants:
            subject = subject_meant(access.subject, grant.scope)
            if subject and subject != MASTERS_SUBJECT and not asking.is_own(grant):
                grants_of.setdefault(subject, []).append(grant)
    return grants_of


def request_words(request: Request) -> str:
    """A request in words: `get secrets in team-a`."""
    if request.path is not None:
        return f"{request.verb} {request.path}"
    group = f".{request.group}" if request.group else ""
    sub = f"/{request.subresource}" if request.subresource else ""
    name = f' "{request.name}"' if request.name else ""
    namespace_words = f" in {request.namespace}" if request.namespace else ""
    return f"{request.verb} {request.resource}{group}{sub}{name}{namespace_words}"

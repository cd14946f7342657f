"""`can`, `cannot` and `only`: whether requests are allowed, and to whom alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rbacpsp.assertions.access import Access
from rbacpsp.assertions.asking import Asking, Who
from rbacpsp.assertions.outcome import Failure, Outcome
from rbacpsp.model import Request, Subject
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.decision import Grant
from rbacpsp.rbac.index import MASTERS_SUBJECT, subject_meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Every combination is allowed to each of some subjects, or none is to any of them."""

    who: Who
    access: Access
    allowed: bool

    def judge(self, asking: Asking) -> Outcome:
        """Ask for each of them."""
        outcome = Outcome()
        requests = asking.requests(self.access)
        _judge(asking, self.who, requests, outcome, allowed=self.allowed)
        return outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Every combination is allowed to each of some subjects, and none is to anybody else."""

    subjects: tuple[Subject, ...]
    access: Access

    def judge(self, asking: Asking) -> Outcome:
        """Ask for each of them, then who else may."""
        outcome = Outcome()
        requests = asking.requests(self.access)
        meant = _judge(asking, Who(self.subjects), requests, outcome, allowed=True)
        outcome.failures += _others(asking, requests, meant)
        if unread := asking.unread():
            outcome.doubts.append(unread)
        return outcome


def _judge(
    asking: Asking, who: Who, requests: Iterable[Request], outcome: Outcome, *, allowed: bool
) -> frozenset[Subject]:
    """Ask every request for each subject; whom the names mean is returned."""
    askers = asking.askers(who, outcome.doubts)
    for asker in askers:
        for request in requests:
            decision = asking.authorizer.authorize(asker.user, request)
            if decision.allowed and not allowed:
                how = f": {decision.reason}" if decision.reason else ", as a member of system:masters"
                outcome.failures.append(
                    Failure(f"{asker.words} may {request_words(request)}{how}", decision.grants)
                )
            elif not decision.allowed:
                doubt = asking.leads_nowhere(asker.subject, request.namespace)
                if doubt:
                    outcome.doubts.append(doubt)
                elif allowed:
                    outcome.failures.append(Failure(f"{asker.words} may not {request_words(request)}"))
    return frozenset(asker.subject for asker in askers)


def _others(asking: Asking, requests: Iterable[Request], expected: frozenset[Subject]) -> Iterator[Failure]:
    for request in requests:
        for subject, grants in holders(asking, request).items():
            if subject not in expected:
                why = f"{subject_text(subject)} may {request_words(request)} as well: {grants[0].sentence}"
                yield Failure(why, tuple(grants))


def holders(asking: Asking, request: Request) -> dict[Subject, list[Grant]]:
    """Who may do something, Kubernetes' own left out where they do not count; system:masters always."""
    found: dict[Subject, list[Grant]] = {}
    for access in asking.authorizer.who_can(request):
        for grant in access.grants:
            subject = subject_meant(access.subject, grant.scope)
            if subject and subject != MASTERS_SUBJECT and not asking.is_own(grant):
                found.setdefault(subject, []).append(grant)
    return found


def request_words(request: Request) -> str:
    """A request in words: `get secrets in team-a`."""
    if request.path is not None:
        return f"{request.verb} {request.path}"
    group = f".{request.group}" if request.group else ""
    sub = f"/{request.subresource}" if request.subresource else ""
    name = f' "{request.name}"' if request.name else ""
    place = f" in {request.namespace}" if request.namespace else ""
    return f"{request.verb} {request.resource}{group}{sub}{name}{place}"

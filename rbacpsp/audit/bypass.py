"""Who is not held by Pod Security: its ways around, and the grants by which subjects have them.

`rbacpsp.pss.bypass` names each way as requests; here RBAC answers who may make one of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

from rbacpsp.model import Objects, Subject, Version
from rbacpsp.model.request import split_service_account
from rbacpsp.pss import Configuration
from rbacpsp.pss.bypass import Bypass, bypasses
from rbacpsp.rbac import Access, Authorizer, WhoCan
from rbacpsp.rbac.decision import Grant


@dataclass(frozen=True, slots=True)
class Holder:
    """A subject that has a way around Pod Security."""

    bypass: Bypass
    subject: Subject
    """As the bindings write it; the exempt user itself, where that is the way."""
    grants: tuple[Grant, ...]
    """What gives it; none for an exempt user and for the group `system:masters`, who need none."""


@dataclass(frozen=True, slots=True)
class BypassAnswer:
    """Every way around Pod Security with everyone who has it."""

    holders: tuple[Holder, ...]
    """By way and namespace, then by subject."""
    errors: tuple[str, ...]
    """The roleRefs that lead nowhere, in the server's words, sorted."""


def who_can_bypass(
    objects: Objects,
    authorizer: Authorizer,
    config: Configuration | None = None,
    kubernetes_version: Version | None = None,
    namespaces: Iterable[str] | None = None,
) -> BypassAnswer:
    """Who may relabel a namespace, create pods where nothing is enforced, or is or may act as someone exempt.

    Args:
        objects: The cluster: its namespaces' labels.
        authorizer: RBAC over the same objects.
        config: The plugin's configuration; None is the server's default.
        kubernetes_version: The server to imitate; None is the newest.
        namespaces: Leave out ways that lead to other namespaces only; None: all of them.
    """
    wanted = None if namespaces is None else {*namespaces, ""}
    ways = [
        bypass
        for bypass in bypasses(objects, config, kubernetes_version)
        if wanted is None or bypass.namespace in wanted
    ]
    errors: set[str] = set()
    holders: list[Holder] = []
    for bypass in ways:
        if bypass.requests:
            answer = _who(authorizer, bypass)
            errors.update(answer.errors)
            holders += (Holder(bypass, access.subject, access.grants) for access in _others(answer, bypass))
        else:
            holders.append(Holder(bypass, _exempt(bypass.user), ()))
    return BypassAnswer(tuple(holders), tuple(sorted(errors)))


def _who(authorizer: Authorizer, bypass: Bypass) -> WhoCan:
    """Whoever may make one of the requests."""
    return reduce(or_, (authorizer.who_can(request) for request in bypass.requests))


def _others(answer: WhoCan, bypass: Bypass) -> Iterator[Access]:
    """The exempt user needs no impersonation of itself."""
    own = _exempt(bypass.user) if bypass.user else None
    return (access for access in answer if access.subject != own)


def _exempt(user: str) -> Subject:
    account = split_service_account(user)
    return Subject("ServiceAccount", account[1], account[0]) if account else Subject("User", user)

"""Who can bypass Pod Security, and the grants that allow it.

`rbacpsp.pss.bypass` lists the requests that bypass it; this module asks RBAC who may make one of them.
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
class BypassHolder:
    """A subject that can bypass Pod Security."""

    bypass: Bypass
    subject: Subject
    """The subject as the bindings write it, or the exempt user."""
    grants: tuple[Grant, ...]
    """The grants; empty for an exempt user and for the group `system:masters`, who need none."""


@dataclass(frozen=True, slots=True)
class BypassAnswer:
    """Every way to bypass Pod Security, with the subjects that can use it."""

    holders: tuple[BypassHolder, ...]
    """Sorted by kind of bypass and namespace, then by subject."""
    errors: tuple[str, ...]
    """The errors of roleRefs to missing roles, in the server's words, sorted."""


def who_can_bypass(
    objects: Objects,
    authorizer: Authorizer,
    config: Configuration | None = None,
    kubernetes_version: Version | None = None,
    namespaces: Iterable[str] | None = None,
) -> BypassAnswer:
    """Who may relabel namespaces, create pods where no level is enforced, or act as an exempt user.

    Args:
        objects: The objects of the cluster, with the labels of its namespaces.
        authorizer: The authorizer of the same objects.
        config: The plugin's configuration; None is the server's default.
        kubernetes_version: The server to imitate; None is the newest.
        namespaces: Only bypasses that affect one of these namespaces; None: all.
    """
    wanted = None if namespaces is None else {*namespaces, ""}
    ways = [
        bypass
        for bypass in bypasses(objects, config, kubernetes_version)
        if wanted is None or bypass.namespace in wanted
    ]
    errors: set[str] = set()
    holders: list[BypassHolder] = []
    for bypass in ways:
        if bypass.requests:
            answer = _who_may(authorizer, bypass)
            errors.update(answer.errors)
            holders += (
                BypassHolder(bypass, access.subject, access.grants)
                for access in _other_subjects(answer, bypass)
            )
        else:
            holders.append(BypassHolder(bypass, _exempt_subject(bypass.user), ()))
    return BypassAnswer(tuple(holders), tuple(sorted(errors)))


def _who_may(authorizer: Authorizer, bypass: Bypass) -> WhoCan:
    """The subjects that may make one of the requests."""
    return reduce(or_, (authorizer.who_can(request) for request in bypass.requests))


def _other_subjects(answer: WhoCan, bypass: Bypass) -> Iterator[Access]:
    """The answer without the exempt user, who does not need to impersonate itself."""
    own = _exempt_subject(bypass.user) if bypass.user else None
    return (access for access in answer if access.subject != own)


def _exempt_subject(user: str) -> Subject:
    account = split_service_account(user)
    return Subject("ServiceAccount", account[1], account[0]) if account else Subject("User", user)

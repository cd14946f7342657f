"""Implicit groups: the API server adds every service account and every user to some groups.

A service account is in system:serviceaccounts, system:serviceaccounts:NAMESPACE and system:authenticated, a
user in system:authenticated. A group where a path starts stands for its members, who are in these groups as
well. A group that a path reaches may only be named, by impersonation or by a certificate: the server adds
system:authenticated then, but not system:serviceaccounts. Pools of identities lead to each known member.
"""

from collections.abc import Container, Iterable, Iterator

from rbacpsp.audit.argo_projects import name_accounts
from rbacpsp.audit.permission import match
from rbacpsp.audit.references import VALID_ACCOUNTS
from rbacpsp.model import Subject
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    ALL_SERVICE_ACCOUNTS,
    ALL_UNAUTHENTICATED,
    ANONYMOUS,
    service_account_groups,
)
from rbacpsp.model.subjects import are_accounts, user_subject
from rbacpsp.paths.edges.impersonation import IMPERSONATE_USERS
from rbacpsp.paths.place import Place, subject_place
from rbacpsp.paths.technique import ClusterFacts, Link, ReachedPlace, Technique

_WITHOUT_OTHERS = frozenset({ALL_AUTHENTICATED, ALL_UNAUTHENTICATED})
"""The groups whose members need not be in any other group."""
_POOLS = {Place("users"): "User", Place("groups"): "Group"}


def _groups(facts: ClusterFacts) -> Iterable[Link]:
    authenticated = [
        ReachedPlace(Place("Group", "", ALL_AUTHENTICATED), "every authenticated user is a member")
    ]
    every_member = [ReachedPlace(Place("Group", "", ALL_AUTHENTICATED), "every member is one")]
    unauthenticated = [ReachedPlace(Place("Group", "", ALL_UNAUTHENTICATED))]
    for namespace, accounts in facts.account_places.items():
        groups = [ReachedPlace(Place("Group", "", group)) for group in service_account_groups(namespace)]
        groups += authenticated
        for account in accounts:
            yield account, groups
        for name in facts.missing_accounts.get(namespace, ()):
            yield Place("ServiceAccount", namespace, name), groups
    for subject in (*facts.view.by_subject, *facts.listed, *_named_users(facts)):
        if subject.kind == "User":
            yield subject_place(subject), unauthenticated if subject.name == ANONYMOUS else authenticated
        elif subject.kind == "Group":
            yield subject_place(subject), [] if subject.name in _WITHOUT_OTHERS else every_member
    in_groups = [
        ReachedPlace(Place("Group", "", group), "every member is one")
        for group in (ALL_SERVICE_ACCOUNTS, ALL_AUTHENTICATED)
    ]
    for _, members in member_places(facts):
        yield members, in_groups


def member_places(facts: ClusterFacts) -> Iterator[tuple[Subject, Place]]:
    """The groups whose members are in more groups than whoever merely names the group, and their members."""
    for subject in (*facts.view.by_subject, *facts.listed):
        if subject.kind == "Group" and are_accounts(subject.name):
            yield subject, Place("members", "", subject.name)


def accounts_of_projects(facts: ClusterFacts, places: Iterable[Place]) -> Iterator[Link]:
    """The groups of the service accounts among some places that only projects of Argo CD name."""
    if not name_accounts(facts.view):
        return
    known = {(namespace, name) for namespace, names in facts.named_accounts.items() for name in names}
    for place in places:
        if place.kind == "ServiceAccount" and (place.namespace, place.name) not in known:
            groups = (*service_account_groups(place.namespace), ALL_AUTHENTICATED)
            yield place, [ReachedPlace(Place("Group", "", group)) for group in groups]


def members_of(facts: ClusterFacts, groups: Container[str]) -> Iterator[Link]:
    """The edges from the service accounts of a namespace to the members of its group, for some groups."""
    for namespace, accounts in facts.account_places.items():
        name = service_account_groups(namespace)[1]
        members = [ReachedPlace(Place("members", "", name))] if name in groups else []
        for account in accounts if members else ():
            yield account, members
        for account_name in facts.missing_accounts.get(namespace, ()) if members else ():
            yield Place("ServiceAccount", namespace, account_name), members


def _named_users(facts: ClusterFacts) -> set[Subject]:
    """The users that rules let somebody impersonate by name, and that no binding names."""
    names = {
        name
        for _, _, rule in facts.view.named_rules
        if match(rule, IMPERSONATE_USERS) is not None
        for name in rule.resource_names
    }
    return set(map(user_subject, names)) - facts.view.by_subject.keys() - set(facts.listed)


def _members(facts: ClusterFacts) -> Iterable[Link]:
    pools = {namespace: ReachedPlace(Place("accounts", namespace)) for namespace in facts.account_places}
    yield Place("accounts"), list(pools.values())
    for namespace, accounts in facts.account_places.items():
        yield pools[namespace].place, [ReachedPlace(account) for account in accounts]
    for pool, kind in _POOLS.items():
        subjects = (subject for subject in facts.view.by_subject if subject.kind == kind)
        yield pool, [ReachedPlace(subject_place(subject)) for subject in subjects]
    for kind in ("pods", "secrets"):
        yield Place(kind), [ReachedPlace(Place(kind, namespace)) for namespace in facts.namespaces]


MEMBERSHIP = Technique(
    name="membership",
    title="is a member",
    condition="The API server adds these groups to every service account and every authenticated user. "
    "The members of other groups are in them as well; whoever only names a group, by impersonation or in "
    "a certificate, is in system:authenticated besides.",
    references=(VALID_ACCOUNTS,),
    links=_groups,
    cost=0,
)

TECHNIQUES = (
    MEMBERSHIP,
    Technique(
        name="one-of",
        title="is one of them",
        condition="Whoever reaches all identities, pods or secrets of a set reaches each of them.",
        references=(VALID_ACCOUNTS,),
        links=_members,
        cost=0,
    ),
)

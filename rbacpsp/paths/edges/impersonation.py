"""Impersonation: the verb impersonate on users or groups of the cluster, or service accounts of a scope.

A request that impersonates always names a user or service account, and may also name groups: impersonating a
group therefore takes a permission on a user or service account as well. Without resourceNames groups include
system:masters. The server does not check whether the user or the service account exists. It adds
system:authenticated to the groups that a request names, and no other group; only a service account without
named groups gets its own (apiserver/pkg/endpoints/filters/impersonation.go, 1.24).
"""

from collections.abc import Iterable

from rbacpsp.audit.permission import Permission
from rbacpsp.audit.references import CIS_ESCALATION, IMPERSONATE
from rbacpsp.model.request import MASTERS
from rbacpsp.paths.place import CLUSTER_ADMIN, Place
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, ReachedPlace, Technique

IMPERSONATE_USERS = Permission(("impersonate",), "users", namespaced=False)
_GROUPS = Permission(("impersonate",), "groups", namespaced=False)
_ACCOUNTS = Permission(("impersonate",), "serviceaccounts")


def _users(_: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    names = held.match.names
    return (
        (ReachedPlace(Place("User", "", name)) for name in names)
        if names
        else (ReachedPlace(Place("users")),)
    )


def _groups(_: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    names = held.match.names
    if not names or MASTERS in names:
        yield ReachedPlace(CLUSTER_ADMIN, "impersonates system:masters")
        return
    for name in names:
        yield ReachedPlace(Place("Group", "", name))


def _accounts(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    """The service accounts of the scope; with resourceNames, those with these names."""
    if held.match.names and held.scope:
        return (ReachedPlace(Place("ServiceAccount", held.scope, name)) for name in held.match.names)
    if held.match.names:
        wanted = set(held.match.names)
        return (
            ReachedPlace(Place("ServiceAccount", namespace, name))
            for namespace, names in facts.named_accounts.items()
            for name in names
            if name in wanted
        )
    return facts.everybody(held.scope)


TECHNIQUES = (
    Technique(
        name="impersonate-user",
        title="impersonates a user",
        condition="impersonate on users, granted by a ClusterRoleBinding.",
        references=(CIS_ESCALATION, IMPERSONATE),
        permissions=(IMPERSONATE_USERS,),
        targets=_users,
    ),
    Technique(
        name="impersonate-group",
        title="impersonates a group",
        condition="impersonate on groups, granted by a ClusterRoleBinding, and impersonate on some user or "
        "service account.",
        references=(CIS_ESCALATION, IMPERSONATE),
        permissions=(_GROUPS,),
        also=((IMPERSONATE_USERS, _ACCOUNTS),),
        targets=_groups,
    ),
    Technique(
        name="impersonate-account",
        title="impersonates a service account",
        condition="impersonate on serviceaccounts in the namespace of the service account, which need not "
        "exist.",
        references=(CIS_ESCALATION, IMPERSONATE),
        permissions=(_ACCOUNTS,),
        targets=_accounts,
    ),
)

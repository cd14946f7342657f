"""How an engine decides who may use a policy.

`rbac`: the engine asks the API server at run time, so the cluster's roles and bindings keep deciding.
`namespaces`: the generated policies list today's grants. `all`: everyone may use every policy.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Literal, NamedTuple

from msgspec import Struct

from rbacpsp.model import Objects, Subject
from rbacpsp.model.meta import Object
from rbacpsp.model.psp import GROUPS
from rbacpsp.psp.users import named_users
from rbacpsp.rbac import Authorizer
from rbacpsp.rbac.match import resource_matches, verb_matches

Scope = Literal["rbac", "namespaces", "all"]
SCOPES: tuple[Scope, ...] = ("rbac", "namespaces", "all")


class PolicyHolder(NamedTuple):
    """A subject that may use a policy, and where."""

    namespace: str
    """Empty: everywhere."""
    subject: Subject


class PolicyAccess(Struct, frozen=True):
    """Who may use one policy."""

    scope: Scope
    groups: tuple[str, ...] = (GROUPS[0],)
    """The API groups in which `use` is checked; `extensions` only if a role names only that one."""
    holders: tuple[PolicyHolder, ...] = ()
    """Today's grants, for the scope `namespaces`."""


EVERYONE = PolicyAccess("all")


def accesses(
    objects: Objects, authorizer: Authorizer, policies: Iterable[str], scope: Scope
) -> dict[str, PolicyAccess]:
    """Who may use each of the policies."""
    if scope == "all":
        return dict.fromkeys(policies, EVERYONE)
    if scope == "rbac":
        old = list(_extensions_only(objects))
        return {
            name: PolicyAccess(
                scope, GROUPS if any(not names or name in names for names in old) else GROUPS[:1]
            )
            for name in policies
        }
    return {name: PolicyAccess(scope, holders=tuple(_holders(authorizer, name))) for name in policies}


def _extensions_only(objects: Objects) -> Iterator[tuple[str, ...]]:
    """The resourceNames of each rule that grants `use` in the group `extensions` and not in `policy`."""
    rules = chain.from_iterable(
        chain(
            (role.rules for role in objects.cluster_roles.values()), (r.rules for r in objects.roles.values())
        )
    )
    for rule in rules:
        groups = rule.api_groups
        if GROUPS[1] not in groups or GROUPS[0] in groups or "*" in groups:
            continue
        if verb_matches(rule, "use") and resource_matches(rule, "podsecuritypolicies", ""):
            yield rule.resource_names


def _holders(authorizer: Authorizer, policy: str) -> Iterator[PolicyHolder]:
    holders = {
        PolicyHolder(grant.scope, access.subject)
        for access in named_users(authorizer, policy)
        for grant in access.grants
    }
    everywhere = {holder.subject for holder in holders if not holder.namespace}
    return iter(
        sorted(holder for holder in holders if not holder.namespace or holder.subject not in everywhere)
    )


def has_rbac(objects: Objects) -> bool:
    """Whether the input contains roles or bindings; assumed ones grant no policy to anyone."""
    objects_of_rbac = chain[Object](
        objects.cluster_roles.values(),
        objects.roles.values(),
        objects.cluster_role_bindings.values(),
        objects.role_bindings.values(),
    )
    return any(not obj.assumed for obj in objects_of_rbac)

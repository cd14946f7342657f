"""Tokens: create on serviceaccounts/token returns one; secrets hold them.

A secret holds a token of a service account if the account lists it, or if its annotation names an account of
its namespace; before 1.24 every account had one. A subject that may create and read secrets can create one of
type service-account-token for any account of the namespace. With resourceNames, it must be one name that it
may create, by server-side apply, and read.
"""

from collections.abc import Iterable, Iterator

from rbacpsp.audit.permission import READ, Match, Permission, by_apply
from rbacpsp.audit.pod_specs import token_secrets
from rbacpsp.audit.references import CIS_SECRETS, CIS_TOKENS, LISTING_SECRETS, STEAL_TOKEN, TOKEN_REQUEST
from rbacpsp.model import ClusterRole, Role
from rbacpsp.model.version import V1_24
from rbacpsp.paths.place import Place
from rbacpsp.paths.technique import (
    APPLIED,
    ClusterFacts,
    GrantedPermission,
    Link,
    ReachedPlace,
    Technique,
    always,
)

_CREATE = Permission(("create",), "secrets")
_READ = Permission(READ, "secrets")


def _requested(facts: ClusterFacts, held: GrantedPermission) -> Iterator[ReachedPlace]:
    """The service accounts of the scope that exist; with resourceNames, those with these names."""
    wanted = held.match.names
    if not wanted:
        yield ReachedPlace(Place("accounts", held.scope))
    for namespace in facts.reached(held.scope) if wanted else ():
        for name in wanted:
            if name in facts.accounts.get(namespace, ()):
                yield ReachedPlace(Place("ServiceAccount", namespace, name))


def _read(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    if not held.match.names:
        yield ReachedPlace(Place("secrets", held.scope))
    for name in held.match.names:
        for namespace, account in facts.token_secrets.get(name, ()):
            if held.scope in {"", namespace}:
                yield ReachedPlace(Place("ServiceAccount", namespace, account), f"secret {name} is its token")


def _pool(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    names, subject = held.match.names, held.subject
    if not names:
        yield ReachedPlace(Place("accounts", held.scope), "a secret of type service-account-token")
    if subject is None:
        return
    for namespace in facts.reached(held.scope):
        for name in names:
            if facts.view.may(subject, _READ, namespace, name):
                reason = f"secret {name}, which gets type service-account-token"
                yield ReachedPlace(Place("accounts", namespace), reason)
                break


def _is_named(match: Match, _: Role | ClusterRole) -> bool:
    return bool(match.names)


def _names(_: ClusterFacts, match: Match) -> object:
    return match.names


def _stored(facts: ClusterFacts) -> Iterable[Link]:
    known = {
        (namespace, name): f"secret {secret} is its token"
        for (namespace, secret), names in facts.view.memo(token_secrets).items()
        for name in names
    }
    old = facts.version < V1_24
    for namespace, names in facts.accounts.items():
        for name in names:
            why = known.get((namespace, name)) or ("its token is kept in a secret" if old else "")
            if why:
                account = Place("ServiceAccount", namespace, name)
                yield Place("secrets", namespace), [ReachedPlace(account, why)]


TECHNIQUES = (
    Technique(
        name="request-token",
        title="requests a token",
        condition="create on serviceaccounts/token in the namespace of the service account, which must "
        "exist.",
        references=(CIS_TOKENS, TOKEN_REQUEST, STEAL_TOKEN),
        permissions=(Permission(("create",), "serviceaccounts/token"),),
        targets=_requested,
    ),
    Technique(
        name="read-secrets",
        title="reads secrets",
        condition="get, list or watch on secrets; list and watch return the contents of the secrets, too.",
        references=(CIS_SECRETS, LISTING_SECRETS),
        permissions=(_READ,),
        targets=_read,
    ),
    Technique(
        name="issue-token",
        title="creates a secret that receives a token",
        condition="create on secrets, and get, list or watch on secrets in the same scope. "
        f"{APPLIED} The subject must be able to read a secret of that name.",
        references=(CIS_SECRETS, STEAL_TOKEN),
        permissions=(_CREATE, by_apply(_CREATE)),
        also=((_READ,),),
        targets=_pool,
        per_subject=always,
        by_holder=_is_named,
        alike=_names,
    ),
    Technique(
        name="stored-token",
        title="finds a token",
        condition="A secret of the namespace holds a token of the service account: the account lists the "
        "secret, or an annotation of the secret names the account. Before 1.24, every service account has "
        "such a secret.",
        references=(CIS_SECRETS, STEAL_TOKEN),
        links=_stored,
    ),
)

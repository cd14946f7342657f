"""Tokens: create on serviceaccounts/token returns one; secrets hold them.

A secret holds a token of a service account if the account lists it, or if its annotation names an account of
its namespace; before 1.24 every account had one. A subject that may create and read secrets can create one of
type service-account-token for any account of the namespace. With resourceNames, it must be one name that it
may create, by server-side apply, and read.

The type of a secret never changes (ValidateSecretUpdate in pkg/apis/core/validation/validation.go, 1.24), but
the annotations and the data of one do. If its annotation names another account, without the uid of the first,
and its token is removed, the controller issues a token of that account (syncSecret and generateTokenIfNeeded
in pkg/controller/serviceaccount/tokens_controller.go, 1.24). The data of an immutable secret stays.
"""

from collections.abc import Iterable, Iterator

from rbacpsp.audit.permission import CHANGE, READ, Match, Permission, by_apply, match
from rbacpsp.audit.pod_specs import token_secrets
from rbacpsp.audit.references import CIS_SECRETS, CIS_TOKENS, LISTING_SECRETS, STEAL_TOKEN, TOKEN_REQUEST
from rbacpsp.audit.view import View
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
    names_of,
)

_CREATE = Permission(("create",), "secrets")
_READ = Permission(READ, "secrets")
_DOCKERCFG = "-dockercfg-"
"""In the name of a secret that OpenShift lists for a service account, and whose type is another."""


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
    if not names or subject is None:
        yield ReachedPlace(Place("accounts", held.scope), "a secret of type service-account-token")
        return
    for namespace in facts.reached(held.scope):
        for name in names:
            if facts.view.may(subject, _READ, namespace, name):
                reason = f"secret {name}, which gets type service-account-token"
                yield ReachedPlace(Place("accounts", namespace), reason)
                break


def _changeable(view: View) -> dict[str, list[str]]:
    """By namespace: the names of the secrets with a token, sorted, whose data may change."""
    names: dict[str, list[str]] = {}
    for (namespace, name), manifests in sorted(view.lasting(token_secrets).items()):
        fixed = any(
            manifest is not None and manifest.body.get("immutable") for manifest in manifests.values()
        )
        if not fixed and _DOCKERCFG not in name:
            names.setdefault(namespace, []).append(name)
    return names


def _exist(facts: ClusterFacts) -> bool:
    return facts.version < V1_24 or bool(facts.view.memo(_changeable))


def _redirected(facts: ClusterFacts, held: GrantedPermission) -> Iterator[ReachedPlace]:
    names, subject, view = held.match.names, held.subject, facts.view
    changeable = view.memo(_changeable)
    every = not names and facts.version < V1_24
    if every and subject is None:
        yield ReachedPlace(Place("accounts", held.scope), "a secret with a token, which gets theirs")
        return
    for namespace in facts.reached(held.scope):
        if every and subject is not None and view.may(subject, _READ, namespace):
            yield ReachedPlace(Place("accounts", namespace), "a secret with a token, which gets theirs")
            continue
        for name in changeable.get(namespace, ()):
            if (not names or name in names) and (
                subject is None or view.may(subject, _READ, namespace, name)
            ):
                yield ReachedPlace(Place("accounts", namespace), f"secret {name}, which gets their tokens")
                break


def _reads_another(created: Match, role: Role | ClusterRole) -> bool:
    """Whether a role may create secrets with some names only, and reads none of these itself."""
    readable = (match(rule, _READ) for rule in role.rules)
    return bool(created.names) and not any(
        read is not None and (not read.names or not set(read.names).isdisjoint(created.names))
        for read in readable
    )


def _is_named(changed: Match, _: Role | ClusterRole) -> bool:
    return bool(changed.names)


def _stored(facts: ClusterFacts) -> Iterable[Link]:
    known = {
        (namespace, name): f"secret {secret} is its token"
        for (namespace, secret), names in facts.view.lasting(token_secrets).items()
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
        by_holder=_reads_another,
        alike=names_of,
    ),
    Technique(
        name="redirect-token",
        title="makes a secret receive the token of another service account",
        condition="update or patch on a secret of type kubernetes.io/service-account-token that is not "
        "immutable, and get, list or watch on the same secret: the subject changes the annotation that names "
        "the account, and removes the token. The type of a secret never changes. Such a secret was loaded, "
        "or a service account lists it; before 1.24, every service account has one.",
        references=(CIS_SECRETS, STEAL_TOKEN),
        permissions=(Permission(CHANGE, "secrets"),),
        also=((_READ,),),
        by_name=True,
        targets=_redirected,
        is_possible=_exist,
        per_subject=always,
        by_holder=_is_named,
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

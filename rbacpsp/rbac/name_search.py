"""The users, groups and service accounts that have a given name, and those with a similar one."""

from collections.abc import Iterable, Iterator

from rbacpsp.catalog import Account
from rbacpsp.model import Objects, Subject, User
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    ALL_SERVICE_ACCOUNTS,
    ALL_UNAUTHENTICATED,
    ANONYMOUS,
    MASTERS,
    SERVICE_ACCOUNT_PREFIX,
)
from rbacpsp.model.similar_names import likeliest
from rbacpsp.rbac.index import Index, Scope, split_user

_GROUPS = frozenset({MASTERS, ALL_AUTHENTICATED, ALL_UNAUTHENTICATED, ALL_SERVICE_ACCOUNTS, "system:nodes"})
"""Groups that exist on every server, even where no binding names them."""
_MOST = 3


def names_of(user: User) -> tuple[str, ...]:
    """The names under which bindings may name a user or one of its groups."""
    return (*endings(user.name), *user.groups)


def endings(name: str) -> Iterator[str]:
    """A user's name, and what follows each of its colons: one of these names the service account."""
    yield name
    while ":" in name:
        name = name.partition(":")[2]
        yield name


def called(index: Index, objects: Objects, word: str) -> tuple[Subject, ...]:
    """The subjects that have a name: users, groups and service accounts.

    A service account is called `NAMESPACE:NAME` or `NAME`. Users and groups are those that bindings name;
    accounts are those that exist, and those that bindings name.
    """
    accounts_called = (name for name in index.namespaces_by_name if name.endswith(f":{word}"))
    scopes = index.naming({*endings(word), *accounts_called})
    subjects = [Subject("User", word)] if any(word in scope.users for scope in scopes) else []
    if is_of_every_server(Subject("Group", word)) or any(word in scope.groups for scope in scopes):
        subjects.append(Subject("Group", word))
    accounts = {Account(*key) for key in objects.service_accounts if word in {key[1], f"{key[0]}:{key[1]}"}}
    for scope in scopes:
        if f"{SERVICE_ACCOUNT_PREFIX}{word}" in scope.users:
            accounts.update(filter(None, [split_user(f"{SERVICE_ACCOUNT_PREFIX}{word}")]))
        if ":" not in word:
            ending = f":{word}"
            account_names = (split_user(name) for name in scope.users if name.endswith(ending))
            accounts.update(
                account for account in account_names if account is not None and account.name == word
            )
    subjects += [Subject("ServiceAccount", account.name, account.namespace) for account in sorted(accounts)]
    return tuple(subjects)


def is_of_every_server(subject: Subject) -> bool:
    """Whether a user or group exists on every server, even where no binding names it."""
    if subject.kind == "Group":
        return subject.name in _GROUPS or subject.name.startswith(f"{ALL_SERVICE_ACCOUNTS}:")
    return subject.kind == "User" and subject.name.startswith(("system:node:", ANONYMOUS))


def is_named(index: Index, subject: Subject) -> bool:
    """Whether a binding names a subject."""
    if subject.kind == "Group":
        return any(subject.name in scope.groups for scope in index.naming([subject.name]))
    name = subject.name
    if subject.kind == "ServiceAccount":
        name = f"{SERVICE_ACCOUNT_PREFIX}{subject.namespace}:{subject.name}"
    return any(name in scope.users for scope in index.naming(endings(name)))


def spelled_like(index: Index, objects: Objects, word: str, kind: str = "") -> tuple[Subject, ...]:
    """At most three subjects whose names look like a word, the most likely first.

    Args:
        index: The bindings.
        objects: What was loaded.
        word: A name, of an account `NAMESPACE:NAME` or its name alone.
        kind: Only subjects of this kind.
    """
    names: dict[str, dict[Subject, None]] = {}
    for subject, spellings in _spellings(index, objects):
        if kind in {"", subject.kind}:
            for spelling in spellings:
                if abs(len(spelling) - len(word)) <= max(2, len(word) // 3):
                    names.setdefault(spelling.lower(), {}).setdefault(subject)
    close = likeliest(word, names)
    similar = dict.fromkeys(subject for name in close for subject in names[name])
    return tuple(subject for subject in similar if subject.name != word or kind)[:_MOST]


def _scopes(index: Index) -> tuple[Scope, ...]:
    return (index.cluster, *index.namespaces.values())


def _spellings(index: Index, objects: Objects) -> Iterator[tuple[Subject, Iterable[str]]]:
    """Every subject with the words that people type for it."""
    accounts = {Account(*key) for key in objects.service_accounts}
    users: set[str] = set()
    groups: set[str] = set()
    for scope in _scopes(index):
        users.update(scope.users)
        groups.update(scope.groups)
    for name in sorted(users):
        account = split_user(name)
        if account:
            accounts.add(account)
        else:
            yield Subject("User", name), {name, name.partition("@")[0]}
    for name in sorted(groups):
        yield Subject("Group", name), {name, name.rpartition(":")[2]}
    for known_account in sorted(accounts):
        yield (
            Subject("ServiceAccount", known_account.name, known_account.namespace),
            {known_account.name, f"{known_account.namespace}:{known_account.name}"},
        )

"""The users, groups and service accounts that have a given name, and those with a similar one."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from rbacpsp.catalog import Account
from rbacpsp.model import Objects, Subject, User
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    ALL_SERVICE_ACCOUNTS,
    ALL_UNAUTHENTICATED,
    ANONYMOUS,
    MASTERS,
    SERVICE_ACCOUNT_PREFIX,
)
from rbacpsp.model.similar_names import likeliest
from rbacpsp.rbac.index import Index, split_user, subject_meant

_GROUPS = frozenset({MASTERS, ALL_AUTHENTICATED, ALL_UNAUTHENTICATED, ALL_SERVICE_ACCOUNTS, "system:nodes"})
"""Groups that exist on every server, even if no binding names them."""
_KINDS = ("User", "Group", "ServiceAccount")
"""The kinds of subjects, in the order in which they are preferred if two have the same name."""
_MOST = 3


def names_of(user: User) -> tuple[str, ...]:
    """The names under which bindings may name a user or one of its groups."""
    return (*endings(user.name), *user.groups)


def endings(name: str) -> Iterator[str]:
    """A user's name, and the text after each of its colons: one of these may name a service account."""
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
    of_namespace = ":" in word
    accounts = {
        Account(namespace, name)
        for namespace, name in objects.service_accounts
        if name == word or (of_namespace and f"{namespace}:{name}" == word)
    }
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
    """Whether a user or group exists on every server, even if no binding names it."""
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


def spelled_like(objects: Objects, word: str, kind: str = "") -> tuple[Subject, ...]:
    """At most three subjects whose names look like a word, the most likely first.

    Args:
        objects: The loaded objects.
        word: A name, of an account `NAMESPACE:NAME` or its name alone.
        kind: Only subjects of this kind.
    """
    slack = max(2, len(word) // 3)
    by_word = _by_word(_everybody(objects), kind, range(len(word) - slack, len(word) + slack + 1))
    close = likeliest(word, by_word)
    similar = dict.fromkeys(entry for spelling in close for entry in sorted(by_word[spelling]))
    subjects = (Subject(_KINDS[position], name, namespace) for position, namespace, name in similar)
    return tuple(islice((subject for subject in subjects if subject.name != word or kind), _MOST))


def _everybody(objects: Objects) -> dict[str, set[tuple[str, str]]]:
    """The namespaces and names, by kind, of the known subjects.

    These are the subjects of bindings, as the server understands them, and the existing accounts.
    """
    entries: set[tuple[str, str, str]] = set()
    with no_collection():
        for cluster_binding in objects.cluster_role_bindings.values():
            for subject in cluster_binding.subjects:
                entries.add((subject.kind, subject.namespace, subject.name))
        for (namespace, _), binding in objects.role_bindings.items():
            if namespace:
                for subject in binding.subjects:
                    kind = subject.kind
                    home = (subject.namespace or namespace) if kind == "ServiceAccount" else ""
                    entries.add((kind, home, subject.name))
    everybody = {kind: set[tuple[str, str]]() for kind in _KINDS}
    everybody["ServiceAccount"].update(objects.service_accounts)
    for kind, namespace, name in entries:
        if kind == "ServiceAccount" and name and namespace and ":" not in namespace:
            everybody[kind].add((namespace, name))
        elif (meant := subject_meant(Subject(kind, name, namespace), "")) is not None:
            everybody[meant.kind].add((meant.namespace, meant.name))
    return everybody


def _by_word(
    everybody: dict[str, set[tuple[str, str]]], only: str, lengths: range
) -> dict[str, list[tuple[int, str, str]]]:
    """The subjects by the words that people type for them, in lower case.

    Args:
        everybody: The namespaces and names of the subjects by kind.
        only: The only kind to include; empty: all.
        lengths: The lengths of the words to include.

    Returns:
        By word, the position of the kind in `_KINDS`, the namespace and the name of each.
    """
    by_word: defaultdict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for position, kind in enumerate(_KINDS):
        for namespace, name in everybody[kind] if only in {"", kind} else ():
            if len(name) in lengths:
                by_word[name.lower()].append((position, namespace, name))
            if kind == "ServiceAccount":
                if len(namespace) + 1 + len(name) in lengths:
                    by_word[f"{namespace}:{name}".lower()].append((position, namespace, name))
                continue
            part = name.partition("@")[0] if kind == "User" else name.rpartition(":")[2]
            if len(part) in lengths and part != name:
                by_word[part.lower()].append((position, namespace, name))
    return by_word

"""Roles and service accounts with almost the name, kind or namespace that a binding writes."""

from collections.abc import Iterable, Iterator

from rbacpsp.model import Objects, RoleRef, Subject

_MOST = 3


def near_roles(objects: Objects, ref: RoleRef, namespace: str) -> tuple[str, ...]:
    """The existing roles that a roleRef to a missing role may have meant, the most likely first, in words.

    Args:
        objects: The loaded objects.
        ref: The roleRef.
        namespace: That of the binding; empty for one of the whole cluster.
    """
    name, roles = ref.name, objects.roles
    elsewhere = sorted(
        role_namespace for role_namespace, known in roles if known == name and role_namespace != namespace
    )
    in_namespace = (namespace, name) in roles
    suggestions: list[str] = []
    if ref.kind == "ClusterRole":
        suggestions += [f"Role {name} exists in namespace {namespace}"] if in_namespace else []
        suggestions += _one_letter("ClusterRole", name, objects.cluster_roles)
    else:
        suggestions += [f"ClusterRole {name} exists"] if name in objects.cluster_roles else []
        suggestions += _one_letter(
            "Role", name, (known for role_namespace, known in roles if role_namespace == namespace)
        )
    suggestions += [f"Role {name} exists in namespace {role_namespace}" for role_namespace in elsewhere]
    return _shortened(suggestions)


def near_accounts(objects: Objects, subject: Subject) -> tuple[str, ...]:
    """The existing service accounts that a missing one may have meant, in words."""
    accounts = objects.service_accounts
    local = (name for namespace, name in accounts if namespace == subject.namespace)
    suggestions = list(_one_letter("ServiceAccount", subject.name, local))
    suggestions += [
        f"ServiceAccount {name} exists in namespace {namespace}"
        for namespace, name in sorted(accounts)
        if name == subject.name and name != "default" and namespace != subject.namespace
    ]
    return _shortened(suggestions)


def _shortened(suggestions: list[str]) -> tuple[str, ...]:
    more = len(suggestions) - _MOST
    return (*suggestions[:_MOST], *([f"and {more} more are similar"] if more > 0 else []))


def _one_letter(kind: str, name: str, known: Iterable[str]) -> Iterator[str]:
    for similar in sorted(set(known)):
        if is_one_letter_apart(similar, name):
            yield f"{kind} {similar} has a similar name"


def is_one_letter_apart(first: str, second: str) -> bool:
    """Whether two names differ in one letter that is changed, added, left out or swapped with its neighbor.

    Names that differ in case only count as well.
    """
    if first.lower() == second.lower():
        return first != second
    if len(first) > len(second):
        first, second = second, first
    if len(second) - len(first) > 1 or len(first) < 3:  # one of two letters is too much
        return False
    start = next(
        (i for i, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), len(first)
    )
    if len(first) < len(second):
        return first[start:] == second[start + 1 :]
    return first[start + 1 :] == second[start + 1 :] or (
        first[start : start + 2] == second[start : start + 2][::-1]
        and first[start + 2 :] == second[start + 2 :]
    )


def missing_accounts(objects: Objects, subjects: Iterable[Subject]) -> Iterator[Subject]:
    """The service accounts among some subjects that are missing from the loaded objects.

    Accounts of a namespace without loaded accounts are not included.
    """
    accounts = objects.service_accounts
    if all(account.assumed for account in accounts.values()):
        return
    listed = "Namespace" not in objects.partly_read and objects.namespaces
    for subject in subjects:
        namespace = subject.namespace
        if subject.kind != "ServiceAccount" or not namespace or (namespace, subject.name) in accounts:
            continue
        if objects.accounts_were_read(namespace) or (listed and namespace not in objects.namespaces):
            yield subject

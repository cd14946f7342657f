"""Roles and service accounts with almost the name, kind or namespace that a binding writes."""

from collections.abc import Iterable, Iterator

from rbacpsp.model import Objects, RoleRef, Subject

_MOST = 3


def near_roles(objects: Objects, ref: RoleRef, namespace: str) -> tuple[str, ...]:
    """The existing roles that a roleRef to a missing role may have meant, the most likely first, in words.

    Args:
        objects: What was loaded.
        ref: The roleRef.
        namespace: That of the binding; empty for one of the whole cluster.
    """
    name, roles = ref.name, objects.roles
    elsewhere = sorted(
        role_namespace for role_namespace, known in roles if known == name and role_namespace != namespace
    )
    here = (namespace, name) in roles
    suggestions: list[str] = []
    if ref.kind == "ClusterRole":
        suggestions += [f"Role {name} exists in namespace {namespace}"] if here else []
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
    return (*suggestions[:_MOST], *([f"and {more} more are alike"] if more > 0 else []))


def _one_letter(kind: str, name: str, known: Iterable[str]) -> Iterator[str]:
    for other in sorted(set(known)):
        if other != name and is_one_letter_apart(other, name):
            yield f"{kind} {other} is spelled almost alike"


def is_one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter changed, added, left out or swapped with its neighbor makes one name the other.

    Names that differ in case only count as well.
    """
    if one.lower() == other.lower():
        return one != other
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or len(one) < 3:  # of two letters, one is half a name
        return False
    start = next((i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    return one[start + 1 :] == other[start + 1 :] or (
        one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
    )


def missing_accounts(objects: Objects, subjects: Iterable[Subject]) -> Iterator[Subject]:
    """The service accounts among some subjects that are missing from the loaded objects.

    Nothing is said about a namespace whose accounts were not loaded.
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

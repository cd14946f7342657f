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
    elsewhere = sorted(place for place, known in roles if known == name and place != namespace)
    here = (namespace, name) in roles
    found: list[str] = []
    if ref.kind == "ClusterRole":
        found += [f"Role {name} exists in namespace {namespace}"] if here else []
        found += _one_letter("ClusterRole", name, objects.cluster_roles)
    else:
        found += [f"ClusterRole {name} exists"] if name in objects.cluster_roles else []
        found += _one_letter("Role", name, (known for place, known in roles if place == namespace))
    found += [f"Role {name} exists in namespace {place}" for place in elsewhere]
    return _shortened(found)


def near_accounts(objects: Objects, subject: Subject) -> tuple[str, ...]:
    """The existing service accounts that a missing one may have meant, in words."""
    accounts = objects.service_accounts
    local = (name for namespace, name in accounts if namespace == subject.namespace)
    found = list(_one_letter("ServiceAccount", subject.name, local))
    found += [
        f"ServiceAccount {name} exists in namespace {namespace}"
        for namespace, name in sorted(accounts)
        if name == subject.name and name != "default" and namespace != subject.namespace
    ]
    return _shortened(found)


def _shortened(found: list[str]) -> tuple[str, ...]:
    more = len(found) - _MOST
    return (*found[:_MOST], *([f"and {more} more are alike"] if more > 0 else []))


def _one_letter(kind: str, name: str, known: Iterable[str]) -> Iterator[str]:
    for each in sorted(set(known)):
        if each != name and is_one_letter_apart(each, name):
            yield f"{kind} {each} is spelled almost alike"


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
        place = subject.namespace
        if subject.kind != "ServiceAccount" or not place or (place, subject.name) in accounts:
            continue
        if objects.accounts_were_read(place) or (listed and place not in objects.namespaces):
            yield subject

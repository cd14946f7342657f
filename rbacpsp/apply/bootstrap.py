"""Completes what was read from files with the bootstrap objects that Kubernetes creates on every server.

A repository of manifests does not contain the ClusterRole cluster-admin, but every server has it. What was
read is completed with the objects that the release creates, kind by kind:

- `auto`: nothing is assumed where a live server or a snapshot was read, nor of a kind of which at least half
  of the bootstrap objects were read, since that is a complete list. Missing objects of other kinds are
  assumed.
- `always`: every missing object is assumed.
- `never`: nothing is assumed.

An object that was read replaces the assumed one of its name. Neither uid nor resourceVersion shows that a
dump is complete: dumps are often stripped of both, and a single exported object has both.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import attrgetter
from typing import Literal, get_args

from rbacpsp.apply.aggregate import aggregate_applied, aggregate_changed, aggregate_stored
from rbacpsp.catalog.bootstrap import (
    DEFAULT_ACCOUNT,
    NAMESPACES,
    bootstrap_namespaces,
    bootstrap_policy,
    controller_accounts,
    made_account,
)
from rbacpsp.catalog.openshift import openshift_policy
from rbacpsp.model import AnyObject, Identity, Objects, ServiceAccount, Version
from rbacpsp.model.argument_types import said

Bootstrap = Literal["auto", "always", "never"]
"""Which bootstrap objects are assumed."""
BOOTSTRAP_MODES: tuple[Bootstrap, ...] = get_args(Bootstrap)
KINDS = frozenset({"ClusterRole", "ClusterRoleBinding", "Namespace", "Role", "RoleBinding", "ServiceAccount"})
"""The kinds of the objects that Kubernetes creates for itself."""
OPENSHIFT_KINDS = KINDS | {"SecurityContextConstraints"}
"""The kinds of the objects that OpenShift creates for itself."""
_NAMESPACE = attrgetter("metadata.namespace")


def as_bootstrap(mode: object) -> Bootstrap:
    """The mode of assuming bootstrap objects that a caller names.

    Raises:
        ValueError: There is no such mode.
    """
    for known in BOOTSTRAP_MODES:
        if mode == known:
            return known
    raise ValueError(f"bootstrap must be one of {', '.join(BOOTSTRAP_MODES)}, not {said(mode)}")


def applied(
    loaded: Objects, version: Version, bootstrap: Bootstrap, openshift: Version | None = None
) -> Objects:
    """The objects on a server of a release after some objects are applied to it.

    Args:
        loaded: The objects that were read.
        version: The release.
        bootstrap: Whether Kubernetes' own objects are assumed.
        openshift: The release of OpenShift that the server runs; None for plain Kubernetes.
    """
    always = bootstrap == "always"
    if loaded.whole and not always:
        return loaded
    if bootstrap == "never" or (loaded.server is not None and not always):
        return replace(loaded, aggregation=aggregate_applied(loaded.cluster_roles.values()))
    bootstrap_objects = [*own_objects(loaded, version), *(openshift_policy(openshift) if openshift else ())]
    kinds = OPENSHIFT_KINDS if openshift else KINDS
    complete = complete_kinds(loaded, bootstrap_objects, kinds)
    assumed_kinds = kinds if always else kinds - complete
    result = loaded.assuming([obj for obj in bootstrap_objects if obj.kind in assumed_kinds], version)
    result.partly_read = kinds - complete
    result.assumed_is_listed = always
    result.aggregation = aggregate_applied(result.cluster_roles.values())
    return result


def changed(before: Objects, added: Objects, removed: Iterable[Identity], version: Version) -> Objects:
    """The objects on the server after some are removed and others added or replaced.

    Raises:
        KeyError: An object to remove does not exist; its identity is the argument.
    """
    leaving = list(removed)
    after = before.changed(added, leaving)
    if before.assumed_as and "ServiceAccount" in before.partly_read:
        accounts = (
            account
            for account in default_accounts(after, version)
            if (account.namespace, account.name) not in after.without_accounts
        )
        after = after.assuming(accounts, before.assumed_as)
    if after.aggregation is None:
        known = before.aggregation or aggregate_stored(before.cluster_roles.values())
        touched = {name for kind, _, name in leaving if kind == "ClusterRole"} | added.cluster_roles.keys()
        after.aggregation = aggregate_changed(before.cluster_roles, known, after.cluster_roles, touched)
    return after


def own_objects(loaded: Objects, version: Version) -> Iterator[AnyObject]:
    """All bootstrap objects of a release, including those in the namespaces of some objects."""
    yield from bootstrap_policy(version)
    yield from bootstrap_namespaces(version)
    yield from controller_accounts(version)
    yield from default_accounts(loaded, version)


def exported_files(read: Objects, version: Version) -> frozenset[str]:
    """The files that contain at least half of the bootstrap roles or bindings of a kind.

    Such a file is a dump of a server, even where the objects lack the metadata that shows it.
    """
    total: Counter[str] = Counter()
    read_count: Counter[tuple[str, str]] = Counter()
    for bootstrap_object in bootstrap_policy(version):
        total[bootstrap_object.kind] += 1
        obj = read.find(bootstrap_object)
        if obj is not None:
            read_count[bootstrap_object.kind, read.document(obj).file] += 1
    return frozenset(file for (kind, file), number in read_count.items() if 2 * number >= total[kind])


def default_accounts(objects: Objects, version: Version) -> Iterator[ServiceAccount]:
    """The account `default` of the namespaces of every server and of those in which some objects are."""
    inhabited = objects.namespaces.keys() | map(_NAMESPACE, objects)
    for namespace in sorted(inhabited.union(NAMESPACES) - {""}):
        yield made_account(namespace, DEFAULT_ACCOUNT, version)


def complete_kinds(
    loaded: Objects, bootstrap_objects: Iterable[AnyObject], kinds: frozenset[str] = KINDS
) -> frozenset[str]:
    """The kinds of which at least half of the bootstrap objects were read: they were listed completely."""
    read: dict[str, int] = dict.fromkeys(kinds, 0)
    total: dict[str, int] = dict.fromkeys(kinds, 0)
    for obj in bootstrap_objects:
        total[obj.kind] += 1
        read[obj.kind] += loaded.holds(obj)
    return frozenset(kind for kind in kinds if 2 * read[kind] >= total[kind])

"""Reads a cluster's names for a shell: `python -m rbacpsp.cli.completion_names CACHE [OPTION VALUE]...`."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.model.kinds import RBAC_KINDS

if TYPE_CHECKING:
    from rbacpsp.catalog import Catalog
    from rbacpsp.cluster import Cluster

_MOST = 5_000
"""The most names of a kind."""
_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


@click.command()
@click.argument("cache", type=click.Path(path_type=Path))
@source_options
def write_names(*, cache: Path, source: SourceOptions) -> None:
    """Write the names to the cache, atomically."""
    kinds = RBAC_KINDS | {"Namespace", "ServiceAccount", "PodSecurityPolicy"}
    cluster = open_cluster(source, kinds=kinds)
    names = {kind: sorted(names)[:_MOST] for kind, names in names_of(cluster).items()}
    temporary = cache.with_suffix(f".{os.getpid()}")
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(names), encoding="utf-8")
    temporary.replace(cache)


def names_of(cluster: "Cluster") -> dict[str, set[str]]:
    """The names of each kind in a cluster."""
    objects = cluster.objects
    subjects = _subjects(cluster)
    namespaces = {*objects.namespaces, *(namespace for namespace, _ in objects.role_bindings)}
    return {
        "resources": resource_names(cluster.catalog),
        "namespaces": namespaces,
        "subjects": subjects,
        "roles": {*objects.cluster_roles, *(name for _, name in objects.roles)},
        "policies": set(objects.policies),
        "goals": {*(f"secrets:{namespace}" for namespace in namespaces), *subjects},
    }


def static_names() -> dict[str, set[str]]:
    """The names that are the same in every cluster, which need not be read."""
    from rbacpsp.audit import RULES
    from rbacpsp.catalog import Catalog
    from rbacpsp.catalog.kubectl_words import WORDS
    from rbacpsp.model.version import NEWEST
    from rbacpsp.pss.checks import CHECKS

    catalog = Catalog.for_version(NEWEST)
    return {
        "verbs": {*_VERBS, *WORDS, *(special_verb.verb for special_verb in catalog.special_verbs)},
        "resources": resource_names(catalog),
        "goals": {"cluster-admin", "node", "secrets"},
        "checks": {check.id for check in CHECKS},
        "rules": {rule.id for rule in RULES},
    }


def resource_names(catalog: "Catalog") -> set[str]:
    """The plural names of a server's resources; with the group if several groups have the name."""
    groups: dict[str, set[str]] = {}
    for resource in (*catalog.resources, *catalog.virtual):
        if not resource.subresource:
            groups.setdefault(resource.name, set()).add(resource.group)
    ambiguous = {
        (name, group)
        for name, group_names in groups.items()
        if len(group_names) > 1
        for group in group_names
        if group
    }
    return {*groups, *(f"{name}.{group}" for name, group in ambiguous)}


def _subjects(cluster: "Cluster") -> set[str]:
    from rbacpsp.model.subjects import subject_text

    objects = cluster.objects
    subjects = {f"ServiceAccount/{namespace}:{name}" for namespace, name in objects.service_accounts}
    for bindings in (objects.role_bindings, objects.cluster_role_bindings):
        for binding in bindings.values():
            subjects |= {subject_text(subject, binding.namespace) for subject in binding.subjects}
    return subjects


if __name__ == "__main__":
    try:
        write_names.main(sys.argv[1:], standalone_mode=False)
    except click.ClickException:
        sys.exit(2)

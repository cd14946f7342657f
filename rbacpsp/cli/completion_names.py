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
"""More names of a kind are no help."""
_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


@click.command()
@click.argument("cache", type=click.Path(path_type=Path))
@source_options
def write_names(*, cache: Path, source: SourceOptions) -> None:
    """Write the names to the cache, whole or not at all."""
    kinds = RBAC_KINDS | {"Namespace", "ServiceAccount", "PodSecurityPolicy"}
    cluster = open_cluster(source, kinds=kinds)
    found = {kind: sorted(names)[:_MOST] for kind, names in names_of(cluster).items()}
    beside = cache.with_suffix(f".{os.getpid()}")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(found), encoding="utf-8")
    beside.replace(cache)


def names_of(cluster: "Cluster") -> dict[str, set[str]]:
    """The names of each kind in a cluster."""
    objects = cluster.objects
    subjects = _subjects(cluster)
    places = {*objects.namespaces, *(namespace for namespace, _ in objects.role_bindings)}
    return {
        "resources": resource_names(cluster.catalog),
        "namespaces": places,
        "subjects": subjects,
        "roles": {*objects.cluster_roles, *(name for _, name in objects.roles)},
        "policies": set(objects.policies),
        "goals": {*(f"secrets:{place}" for place in places), *subjects},
    }


def static_names() -> dict[str, set[str]]:
    """The names that are the same in every cluster: these need not be read."""
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
        "checks": {each.id for each in CHECKS},
        "rules": {each.id for each in RULES},
    }


def resource_names(catalog: "Catalog") -> set[str]:
    """What a server serves, by its plural; with its group where several groups have it."""
    groups: dict[str, set[str]] = {}
    for each in (*catalog.resources, *catalog.virtual):
        if not each.subresource:
            groups.setdefault(each.name, set()).add(each.group)
    several = {(name, group) for name, there in groups.items() if len(there) > 1 for group in there if group}
    return {*groups, *(f"{name}.{group}" for name, group in several)}


def _subjects(cluster: "Cluster") -> set[str]:
    from rbacpsp.model.subjects import subject_text

    objects = cluster.objects
    found = {f"ServiceAccount/{namespace}:{name}" for namespace, name in objects.service_accounts}
    for bindings in (objects.role_bindings, objects.cluster_role_bindings):
        for binding in bindings.values():
            found |= {subject_text(subject, binding.namespace) for subject in binding.subjects}
    return found


if __name__ == "__main__":
    try:
        write_names.main(sys.argv[1:], standalone_mode=False)
    except click.ClickException:
        sys.exit(2)

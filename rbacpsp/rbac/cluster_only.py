"""Finds the parts of a rule that a RoleBinding cannot grant: URLs, and cluster-scoped resources."""

from collections.abc import Iterable, Iterator

from rbacpsp.catalog import Catalog
from rbacpsp.catalog.placement import names_within
from rbacpsp.model import PolicyRule
from rbacpsp.rbac.match import ALL


def ungranted(rule: PolicyRule, namespace: str, catalog: Catalog) -> tuple[str, ...]:
    """The resources and URLs of a rule that a RoleBinding in a namespace cannot grant, as they are written.

    Wildcards are never listed, since they include namespaced resources. Resources that are not in the catalog
    are never listed either, since they may be namespaced.
    """
    resources = (
        resource
        for resource in dict.fromkeys(rule.resources)
        if _is_beyond(rule, resource, namespace, catalog)
    )
    return (*resources, *dict.fromkeys(rule.non_resource_urls))


def grants_nothing(rule: PolicyRule, namespace: str, catalog: Catalog) -> bool:
    """Whether a rule names resources or URLs and a RoleBinding in a namespace grants none of them."""
    targets = {*rule.resources, *rule.non_resource_urls}
    return bool(targets) and targets == set(ungranted(rule, namespace, catalog))


def _is_beyond(rule: PolicyRule, combined: str, namespace: str, catalog: Catalog) -> bool:
    name, _, subresource = combined.partition("/")
    if name == ALL:
        return False
    groups = list(_groups(rule.api_groups, name, catalog))
    return bool(groups) and not any(
        _is_granted(rule, group, name, subresource, namespace, catalog) for group in groups
    )


def _groups(groups: Iterable[str], name: str, catalog: Catalog) -> Iterator[str]:
    for group in dict.fromkeys(groups):
        if group == ALL:
            yield from sorted(known for known, plural in catalog.by_group_resource if plural == name)
        else:
            yield group


def _is_granted(
    rule: PolicyRule, group: str, name: str, subresource: str, namespace: str, catalog: Catalog
) -> bool:
    combined = f"{name}/{subresource}" if subresource else name
    verbs = catalog.verbs(group, combined) if ALL in rule.verbs else rule.verbs
    resource = catalog.by_group_resource.get((group, name))
    return any(
        names_within((group, name, subresource, verb), rule.resource_names, namespace, resource) is not None
        for verb in verbs
    )

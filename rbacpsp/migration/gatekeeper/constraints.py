"""The constraints: one for each field, or one that admits what any of several policies admits."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from rbacpsp.migration.cel import clause_of
from rbacpsp.migration.cel.variables import stem_of
from rbacpsp.migration.controls import Control, PolicyControls
from rbacpsp.migration.gap import Gap
from rbacpsp.migration.gatekeeper.cel_templates import alternatives_source, field_source
from rbacpsp.migration.gatekeeper.library import LibraryConstraint, library_constraint, library_template
from rbacpsp.migration.gatekeeper.manifests import SHORT_NAME, cel_template, constraint, kind_of
from rbacpsp.migration.labels import NAME
from rbacpsp.migration.task import MigrationTask
from rbacpsp.model.json import JSONObject

ALTERNATIVES = "RbacpspPodSecurityPolicies"


class NamespaceGroup(NamedTuple):
    """Namespaces in which somebody may use the same policies."""

    match: JSONObject
    """The namespaces as the `match` of a constraint."""
    policies: tuple[PolicyControls, ...]


class TemplatesAndConstraints(NamedTuple):
    """The objects to apply: each template once, then the constraints."""

    templates: list[JSONObject]
    constraints: list[JSONObject]


def alternatives_constraint(task: MigrationTask, gaps: Sequence[Gap]) -> TemplatesAndConstraints:
    """One template that admits what any policy admits for those who may use it, and its constraint."""
    names = [policy.name for policy in task.policies]
    title = "A PodSecurityPolicy takes the pod, and its account or the requester may use it"
    template = cel_template(ALTERNATIVES, title, alternatives_source(task))
    return TemplatesAndConstraints([template], [constraint(ALTERNATIVES, NAME, task.options, names, gaps)])


def field_constraints(task: MigrationTask, gaps: Sequence[Gap]) -> TemplatesAndConstraints:
    """A constraint for each field, as loose as the loosest policy of each group of namespaces."""
    templates: dict[str, JSONObject] = {}
    constraints: dict[tuple[str, str], JSONObject] = {}
    for number, group in enumerate(namespace_groups(task), 1):
        names = [policy.name for policy in group.policies]
        for field, alternatives in fields_with_controls(group.policies):
            kind, parameters = _constraint(field, alternatives, group.policies, templates, task, number)
            word = "hostnamespace" if kind == "K8sPSPHostNamespace" else stem_of(field).lower()
            name = f"{word}-{number}.{SHORT_NAME}"
            if (kind, name) not in constraints:
                annotated_gaps = gaps if not constraints else ()
                constraints[kind, name] = constraint(
                    kind, name, task.options, names, annotated_gaps, parameters, group.match
                )
    return TemplatesAndConstraints(list(templates.values()), list(constraints.values()))


def _constraint(
    field: str,
    alternatives: list[Control],
    policies: tuple[PolicyControls, ...],
    templates: dict[str, JSONObject],
    task: MigrationTask,
    number: int,
) -> tuple[str, JSONObject | None]:
    """The kind and parameters for a field; the template is added to those that are needed."""
    library = _alike(alternatives, policies)
    if library is not None:
        templates.setdefault(library.kind, library_template(library.kind))
        return library
    kind = f"{kind_of(stem_of(field))}{number}"
    source = field_source(field, map(clause_of, alternatives), task.options)
    templates[kind] = cel_template(kind, f"The pod's {field} is as some PodSecurityPolicy has it", source)
    return kind, None


def _alike(alternatives: list[Control], policies: tuple[PolicyControls, ...]) -> LibraryConstraint | None:
    """The library's constraint, where every policy has the same."""
    candidates = [
        library_constraint(control, policy.controls)
        for control, policy in zip(alternatives, policies, strict=True)
    ]
    return candidates[0] if all(candidate == candidates[0] for candidate in candidates) else None


def fields_with_controls(policies: tuple[PolicyControls, ...]) -> Iterator[tuple[str, list[Control]]]:
    """The fields that every policy restricts, with the control of each policy."""
    controls_by_policy = [{control.field: control for control in policy.controls} for policy in policies]
    for field in controls_by_policy[0]:
        if all(field in controls for controls in controls_by_policy):
            yield field, [controls[field] for controls in controls_by_policy]


def namespace_groups(task: MigrationTask) -> list[NamespaceGroup]:
    """The namespaces, grouped by the policies that somebody may use there; all other namespaces come last."""
    if task.scope == "all":
        return [NamespaceGroup({}, task.policies)]
    everywhere: set[str] = set()
    local: dict[str, set[str]] = {}
    for name, access in task.accesses.items():
        for holder in access.holders:
            if holder.namespace:
                local.setdefault(holder.namespace, set()).add(name)
            else:
                everywhere.add(name)
    usable = sorted((tuple(sorted(names | everywhere)), namespace) for namespace, names in local.items())
    groups = []
    for names, homes in groupby(usable, key=lambda usable_in_namespace: usable_in_namespace[0]):
        chosen = tuple(policy for policy in task.policies if policy.name in names)
        groups.append(NamespaceGroup({"namespaces": [namespace for _, namespace in homes]}, chosen))
    others = tuple(policy for policy in task.policies if policy.name in everywhere)
    if others:
        groups.append(NamespaceGroup({"excludedNamespaces": sorted(local)} if local else {}, others))
    return groups

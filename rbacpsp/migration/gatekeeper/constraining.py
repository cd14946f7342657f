"""The constraints: one for each field, or one that admits what any of several policies admits."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from rbacpsp.migration.cel import clause_of
from rbacpsp.migration.cel.variables import stem_of
from rbacpsp.migration.controls import Control, PolicyControls
from rbacpsp.migration.gap import Gap
from rbacpsp.migration.gatekeeper.library import OfLibrary, library_template, of_library
from rbacpsp.migration.gatekeeper.own import alternatives_source, field_source
from rbacpsp.migration.gatekeeper.shapes import SHORT_NAME, constraint, kind_of, own_template
from rbacpsp.migration.labels import NAME
from rbacpsp.migration.task import Task
from rbacpsp.model.json import JSONObject

ALTERNATIVES = "RbacpspPodSecurityPolicies"


class Place(NamedTuple):
    """Namespaces in which the same policies may be used by somebody."""

    match: JSONObject
    """As a constraint names them."""
    policies: tuple[PolicyControls, ...]


class Pieces(NamedTuple):
    """What is applied: each template once, and then the constraints."""

    templates: list[JSONObject]
    constraints: list[JSONObject]


def together(task: Task, gaps: Sequence[Gap]) -> Pieces:
    """One template that takes what some policy takes, for whoever may use it, and its constraint."""
    names = [policy.name for policy in task.policies]
    title = "A PodSecurityPolicy takes the pod, and its account or the requester may use it"
    template = own_template(ALTERNATIVES, title, alternatives_source(task))
    return Pieces([template], [constraint(ALTERNATIVES, NAME, task.options, names, gaps)])


def by_field(task: Task, gaps: Sequence[Gap]) -> Pieces:
    """A constraint for each field, as loose as the loosest policy of each place."""
    templates: dict[str, JSONObject] = {}
    constraints: dict[tuple[str, str], JSONObject] = {}
    for number, place in enumerate(places(task), 1):
        names = [policy.name for policy in place.policies]
        for field, alternatives in bounded(place.policies):
            kind, parameters = _constraint(field, alternatives, place.policies, templates, task, number)
            word = "hostnamespace" if kind == "K8sPSPHostNamespace" else stem_of(field).lower()
            name = f"{word}-{number}.{SHORT_NAME}"
            if (kind, name) not in constraints:
                told = gaps if not constraints else ()
                constraints[kind, name] = constraint(
                    kind, name, task.options, names, told, parameters, place.match
                )
    return Pieces(list(templates.values()), list(constraints.values()))


def _constraint(
    field: str,
    alternatives: list[Control],
    policies: tuple[PolicyControls, ...],
    templates: dict[str, JSONObject],
    task: Task,
    number: int,
) -> tuple[str, JSONObject | None]:
    """The kind and parameters for a field; the template is added to those that are needed."""
    found = _alike(alternatives, policies)
    if found is not None:
        templates.setdefault(found.kind, library_template(found.kind))
        return found
    kind = f"{kind_of(stem_of(field))}{number}"
    source = field_source(field, map(clause_of, alternatives), task.options)
    templates[kind] = own_template(kind, f"The pod's {field} is as some PodSecurityPolicy has it", source)
    return kind, None


def _alike(alternatives: list[Control], policies: tuple[PolicyControls, ...]) -> OfLibrary | None:
    """The library's constraint, where every policy has the same."""
    found = [
        of_library(control, policy.controls) for control, policy in zip(alternatives, policies, strict=True)
    ]
    return found[0] if all(each == found[0] for each in found) else None


def bounded(policies: tuple[PolicyControls, ...]) -> Iterator[tuple[str, list[Control]]]:
    """The fields that every policy bounds, with each one's control; elsewhere one allows everything."""
    by_field = [{control.field: control for control in policy.controls} for policy in policies]
    for field in by_field[0]:
        if all(field in each for each in by_field):
            yield field, [each[field] for each in by_field]


def places(task: Task) -> list[Place]:
    """The namespaces by the policies that anybody may use there; all others last."""
    if task.scope == "all":
        return [Place({}, task.policies)]
    everywhere: set[str] = set()
    local: dict[str, set[str]] = {}
    for name, access in task.accesses.items():
        for holder in access.holders:
            if holder.namespace:
                local.setdefault(holder.namespace, set()).add(name)
            else:
                everywhere.add(name)
    usable = sorted((tuple(sorted(names | everywhere)), home) for home, names in local.items())
    found = []
    for names, homes in groupby(usable, key=lambda each: each[0]):
        chosen = tuple(policy for policy in task.policies if policy.name in names)
        found.append(Place({"namespaces": [home for _, home in homes]}, chosen))
    others = tuple(policy for policy in task.policies if policy.name in everywhere)
    if others:
        found.append(Place({"excludedNamespaces": sorted(local)} if local else {}, others))
    return found

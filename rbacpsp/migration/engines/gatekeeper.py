"""`migrate gatekeeper`: the policies as constraints of Gatekeeper, with the templates that they need.

Source: github.com/open-policy-agent/gatekeeper, 3.23, and its library.
"""

from collections.abc import Iterator
from functools import partial

from rbacpsp.migration import controls
from rbacpsp.migration.common_gaps import common_gaps, lost_fillings, written_grants
from rbacpsp.migration.gap import EVERY_POLICY, Gap
from rbacpsp.migration.gatekeeper.constraining import by_field, places, together
from rbacpsp.migration.gatekeeper.mutating import filled_alike, mutations
from rbacpsp.migration.task import Engine, Made, Task


def write(task: Task) -> Made:
    """The templates, the constraints, and the mutations of what every policy fills in alike."""
    gaps = tuple(sorted(_gaps(task)))
    pieces = by_field(task, gaps) if by_library(task) else together(task, gaps)
    return Made((*pieces.templates, *pieces.constraints, *mutations(task)), gaps)


def by_library(task: Task) -> bool:
    """Whether the constraints are those of the library, field by field.

    Unless told, only where that is as strict as the policies: for a policy alone, which everyone may use.
    """
    if task.options.template == "auto":
        return len(task.policies) == 1 and task.scope == "all"
    return task.options.template == "library"


def _gaps(task: Task) -> Iterator[Gap]:
    library = by_library(task)
    yield from (gap for gap in common_gaps(task) if not (library and gap.field == "ephemeralContainers"))
    yield from written_grants(task)
    yield from _of_installation(task)
    yield from lost_fillings(
        task,
        filled_alike(task),
        "Gatekeeper cannot fill it in for this policy's pods alone: the template has to say it",
    )
    if library:
        yield from _of_library(task)


def _of_installation(task: Task) -> Iterator[Gap]:
    refused = partial(task.workloads.refused_in, ("gatekeeper-system",))
    yield Gap(
        EVERY_POLICY,
        "metadata.namespace",
        "weaker",
        "as its chart installs it, Gatekeeper does not look at gatekeeper-system, and pods pass while it"
        " does not answer (failurePolicy Ignore): set validatingWebhookFailurePolicy to Fail",
        refused,
    )


def _of_library(task: Task) -> Iterator[Gap]:
    workloads = task.workloads
    yield Gap(
        EVERY_POLICY,
        "metadata.labels",
        "weaker",
        "the library's templates pass over updates: a pod that no policy takes any more can be updated",
        lambda: workloads.where(lambda row: row.refused),
    )
    if task.scope == "namespaces":
        yield Gap(
            EVERY_POLICY,
            "serviceAccountName",
            "scope lost",
            "a constraint knows namespaces, not accounts and users: a policy that somebody may use in a"
            " namespace counts for everyone there",
            lambda: workloads.where(lambda row: row.refused),
        )
    several = next((place.policies for place in places(task) if len(place.policies) > 1), None)
    if several is not None:
        first, second = several[:2]
        mixed = f"{_only(second, first)} from {first.name} and {_only(first, second)} from {second.name}"
        yield Gap(
            EVERY_POLICY,
            "spec",
            "weaker",
            "constraints must all hold, so each field is as loose as in the loosest policy of"
            f" {', '.join(policy.name for policy in several)}: a pod passes, for example, that takes {mixed};"
            " --template own takes only what one policy takes as a whole",
            lambda: workloads.where(lambda row: row.refused),
        )


def _only(strict: controls.PolicyControls, loose: controls.PolicyControls) -> str:
    """A field that one policy bounds and the other leaves open, or bounds otherwise."""
    there = {control.field: control for control in loose.controls}
    found = [each.field for each in strict.controls if there.get(each.field) != each]
    return found[0] if found else "one field"


GATEKEEPER = Engine("gatekeeper", "Gatekeeper", ("namespaces", "all"), write)

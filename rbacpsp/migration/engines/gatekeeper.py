"""`migrate gatekeeper`: the policies as constraints of Gatekeeper, with the templates that they need.

Source: github.com/open-policy-agent/gatekeeper, 3.23, and its library.
"""

from collections.abc import Iterator
from functools import partial

from rbacpsp.migration import controls
from rbacpsp.migration.common_gaps import common_gaps, fixed_grants_gap, missing_default_gaps
from rbacpsp.migration.gap import EVERY_POLICY, Gap
from rbacpsp.migration.gatekeeper.constraints import (
    alternatives_constraint,
    field_constraints,
    namespace_groups,
)
from rbacpsp.migration.gatekeeper.mutations import common_mutations, mutations
from rbacpsp.migration.task import EngineOutput, MigrationTask, PolicyEngine


def write(task: MigrationTask) -> EngineOutput:
    """The templates, the constraints, and the mutations that all policies have in common."""
    gaps = tuple(sorted(_gaps(task)))
    constraints = field_constraints(task, gaps) if uses_library(task) else alternatives_constraint(task, gaps)
    return EngineOutput((*constraints.templates, *constraints.constraints, *mutations(task)), gaps)


def uses_library(task: MigrationTask) -> bool:
    """Whether to write the library's constraints, one for each field.

    The option `auto` does so only where that is as strict as the policies: for a single policy that everyone
    may use.
    """
    if task.options.template == "auto":
        return len(task.policies) == 1 and task.scope == "all"
    return task.options.template == "library"


def _gaps(task: MigrationTask) -> Iterator[Gap]:
    library = uses_library(task)
    yield from (gap for gap in common_gaps(task) if not (library and gap.field == "ephemeralContainers"))
    yield from fixed_grants_gap(task)
    yield from _of_installation(task)
    yield from missing_default_gaps(
        task,
        common_mutations(task),
        "Gatekeeper cannot fill it in only for the pods of this policy: the pod template has to set it",
    )
    if library:
        yield from _of_library(task)


def _of_installation(task: MigrationTask) -> Iterator[Gap]:
    refused = partial(task.workloads.refused_in, ("gatekeeper-system",))
    yield Gap(
        EVERY_POLICY,
        "metadata.namespace",
        "weaker",
        "with the defaults of its chart, Gatekeeper does not judge pods in gatekeeper-system, and all pods "
        "are admitted while it does not answer (failurePolicy Ignore): set validatingWebhookFailurePolicy to "
        "Fail",
        refused,
    )


def _of_library(task: MigrationTask) -> Iterator[Gap]:
    workloads = task.workloads
    yield Gap(
        EVERY_POLICY,
        "metadata.labels",
        "weaker",
        "the templates of the library ignore updates: a pod that no policy admits any more can still be "
        "updated",
        lambda: workloads.where(lambda row: row.refused),
    )
    if task.scope == "namespaces":
        yield Gap(
            EVERY_POLICY,
            "serviceAccountName",
            "scope lost",
            "a constraint can select namespaces, but not service accounts and users: a policy that somebody "
            "may use in a namespace applies to everybody there",
            lambda: workloads.where(lambda row: row.refused),
        )
    several = next((group.policies for group in namespace_groups(task) if len(group.policies) > 1), None)
    if several is not None:
        first, second = several[:2]
        mixed = f"{_only(second, first)} from {first.name} and {_only(first, second)} from {second.name}"
        yield Gap(
            EVERY_POLICY,
            "spec",
            "weaker",
            "a pod must satisfy all constraints, so each field is as loose as in the loosest policy of "
            f"{', '.join(policy.name for policy in several)}: for example, a pod with {mixed} is admitted; "
            "with --template own, one policy must admit the whole pod",
            lambda: workloads.where(lambda row: row.refused),
        )


def _only(strict: controls.PolicyControls, loose: controls.PolicyControls) -> str:
    """A field that one policy restricts, and the other does not or differently."""
    loose_controls = {control.field: control for control in loose.controls}
    fields = [control.field for control in strict.controls if loose_controls.get(control.field) != control]
    return fields[0] if fields else "one field"


GATEKEEPER = PolicyEngine("gatekeeper", "Gatekeeper", ("namespaces", "all"), write)

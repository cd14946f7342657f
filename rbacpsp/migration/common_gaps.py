"""The gaps that every engine has, from options and from later servers."""

from collections.abc import Collection, Iterator
from functools import partial

from rbacpsp.migration import controls
from rbacpsp.migration.gap import EVERY_POLICY, Gap
from rbacpsp.migration.newer_servers import newer_server_gaps
from rbacpsp.migration.task import MigrationTask


def common_gaps(task: MigrationTask) -> Iterator[Gap]:
    """The differences that options cause, and those caused by what servers after 1.24 refuse themselves."""
    options, workloads = task.options, task.workloads
    if options.subresources == "all":
        yield Gap(
            EVERY_POLICY,
            "ephemeralContainers",
            "stricter",
            "containers that kubectl debug adds to a running pod are judged, which PodSecurityPolicy never "
            "did, but nothing is filled in for them; --subresources exact excludes them",
        )
    if options.excluded_namespaces:
        yield Gap(
            EVERY_POLICY,
            "metadata.namespace",
            "weaker",
            f"pods of {', '.join(options.excluded_namespaces)} are not judged; PodSecurityPolicy exempted"
            " no namespace",
            lambda: workloads.refused_in(options.excluded_namespaces),
        )
    if "Deny" not in options.actions:
        yield Gap(
            EVERY_POLICY,
            "validationActions",
            "weaker",
            "nothing is refused: a pod that would be refused causes a warning or an entry in the audit log",
            lambda: workloads.where(lambda row: row.refused),
        )
    yield from newer_server_gaps(task.policies, workloads)


def fixed_grants_gap(task: MigrationTask) -> Iterator[Gap]:
    """The gap of the scope `namespaces`: later changes of roles and bindings have no effect."""
    if task.scope == "namespaces":
        yield Gap(
            EVERY_POLICY,
            "metadata.name",
            "scope lost",
            "the generated policies contain who may use which policy now: a later change of a role or "
            "binding has no effect until they are generated again",
        )


def lost_mutation_gaps(task: MigrationTask, why: str) -> Iterator[Gap]:
    """Two gaps for each field that policies fill in: it is not set, and pods without it are refused."""
    for policy in task.policies:
        changed = partial(task.workloads.changed_by, policy.name)
        for field in policy.fills:
            yield Gap(policy.name, field, "mutation lost", why, changed)
            yield Gap(policy.name, field, "stricter", why, changed)


def missing_default_gaps(task: MigrationTask, defaulted_fields: Collection[str], why: str) -> Iterator[Gap]:
    """The fields that are no longer filled in, although pods are admitted as if they were.

    Args:
        task: The policies.
        defaulted_fields: The fields that are still filled in.
        why: Why the others are not.
    """
    for policy in task.policies:
        changed = partial(task.workloads.changed_by, policy.name)
        for control in policy.controls:
            if control.fills in defaulted_fields:
                continue
            for field, demanded in _filled(control):
                yield Gap(policy.name, field, "mutation lost", why, changed)
                if demanded:
                    yield Gap(
                        policy.name,
                        field,
                        "weaker",
                        "a pod that leaves the field out is admitted, and runs without the value that was "
                        "filled in",
                        changed,
                    )


def _filled(control: controls.Control) -> Iterator[tuple[str, bool]]:
    """The fields that a control fills in, and whether PodSecurityPolicy stored no pod without them."""
    match control:
        case controls.LinuxCapabilities():
            if control.default_add:
                yield "defaultAddCapabilities", False
            if control.required_drop:
                yield "requiredDropCapabilities", not control.any_allowed
        case controls.PrivilegeEscalation() if control.fills:
            yield control.fills, not control.allowed
        case controls.AppArmorProfiles() | controls.SeccompProfiles() if control.fills:
            yield control.fills, control.allowed is not None
        case controls.RuntimeClasses() if control.fills:
            yield control.fills, False
        case _ if control.fills:
            yield control.fills, True

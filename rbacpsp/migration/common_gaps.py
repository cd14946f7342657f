"""The gaps that every engine has, from options and from later servers."""

from collections.abc import Collection, Iterator
from functools import partial

from rbacpsp.migration import controls
from rbacpsp.migration.gap import EVERY_POLICY, Gap
from rbacpsp.migration.newer_servers import later_refusals
from rbacpsp.migration.task import Task


def common_gaps(task: Task) -> Iterator[Gap]:
    """What is not as it was because of the options, or of what servers after 1.24 refuse themselves."""
    options, workloads = task.options, task.workloads
    if options.subresources == "all":
        yield Gap(
            EVERY_POLICY,
            "ephemeralContainers",
            "stricter",
            "containers that kubectl debug adds to a running pod are judged, which PodSecurityPolicy never"
            " did, and nothing is filled in for them; --subresources exact leaves them out",
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
            "nothing is refused: what would be is told as a warning or in the audit log",
            lambda: workloads.where(lambda row: row.refused),
        )
    yield from later_refusals(task.policies, workloads)


def written_grants(task: Task) -> Iterator[Gap]:
    """That who may use a policy is written down, where it is."""
    if task.scope == "namespaces":
        yield Gap(
            EVERY_POLICY,
            "metadata.name",
            "scope lost",
            "who may use which policy is written down as it is today: a role or binding that changes later"
            " does not count until the policies are written anew",
        )


def lost_mutations(task: Task, why: str) -> Iterator[Gap]:
    """That nothing is filled in, and who does not say it is refused: two gaps for each field."""
    for policy in task.policies:
        changed = partial(task.workloads.changed_by, policy.name)
        for field in policy.fills:
            yield Gap(policy.name, field, "mutation lost", why, changed)
            yield Gap(policy.name, field, "stricter", why, changed)


def lost_fillings(task: Task, kept: Collection[str], why: str) -> Iterator[Gap]:
    """What is filled in no more, while pods are judged as if it were: without it they run weaker.

    Args:
        task: The policies.
        kept: The fields that are still filled in.
        why: Why the others are not.
    """
    for policy in task.policies:
        changed = partial(task.workloads.changed_by, policy.name)
        for control in policy.controls:
            if control.fills in kept:
                continue
            for field, demanded in _filled(control):
                yield Gap(policy.name, field, "mutation lost", why, changed)
                if demanded:
                    yield Gap(
                        policy.name,
                        field,
                        "weaker",
                        "a pod that says nothing is admitted, and runs without what was filled in",
                        changed,
                    )


def _filled(control: controls.Control) -> Iterator[tuple[str, bool]]:
    """The fields that a control fills in, and whether a pod without them was never stored."""
    match control:
        case controls.LinuxCapabilities():
            if control.default_add:
                yield "defaultAddCapabilities", False
            if control.required_drop:
                yield "requiredDropCapabilities", not control.any_allowed
        case controls.Escalation() if control.fills:
            yield control.fills, not control.allowed
        case controls.AppArmorProfiles() | controls.SeccompProfiles() if control.fills:
            yield control.fills, control.allowed is not None
        case controls.RuntimeClasses() if control.fills:
            yield control.fills, False
        case _ if control.fills:
            yield control.fills, True

"""`migrate scc`: the policies as OpenShift's security context constraints, with roles and bindings.

Source: openshift/api security/v1; apiserver-library-go pkg/securitycontextconstraints, release-4.21.
"""

from collections.abc import Callable, Iterator
from functools import partial

from rbacpsp.migration.common_gaps import fixed_grants_gap
from rbacpsp.migration.controls import PolicyControls
from rbacpsp.migration.gap import EVERY_POLICY, Gap, Workload
from rbacpsp.migration.labels import object_metadata
from rbacpsp.migration.newer_servers import newer_server_gaps
from rbacpsp.migration.scc.differences import ControlDifference, differences
from rbacpsp.migration.scc.fields import fields_of
from rbacpsp.migration.scc.grants import grants
from rbacpsp.migration.scc.names import further_name, name_for, standard_names
from rbacpsp.migration.scc.order import in_order, policy_priorities, tried_before
from rbacpsp.migration.task import EngineOutput, MigrationTask, PolicyEngine
from rbacpsp.migration.workloads import AffectedWorkloads
from rbacpsp.model.json import JSONObject
from rbacpsp.model.scc import GROUP, KIND
from rbacpsp.scc.ignored import DISABLED, EXEMPT


def write(task: MigrationTask) -> EngineOutput:
    """The constraints of each policy, in the order of their priority, with their roles and bindings.

    Raises:
        ValueError: The action is Warn or Audit, which constraints cannot do.
    """
    if task.options.actions != ("Deny",):
        raise ValueError(
            "security context constraints refuse what they do not admit, and can neither warn nor audit:"
            " leave the action at Deny"
        )
    gaps = tuple(sorted(_gaps(task)))
    return EngineOutput((*_excluded_namespaces(task), *_objects(task, gaps)), gaps)


def _excluded_namespaces(task: MigrationTask) -> Iterator[JSONObject]:
    """The namespaces of `--exclude-namespace`, with the label that turns constraints off."""
    for name in sorted(set(task.options.excluded_namespaces)):
        yield {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {DISABLED: "true"}},
        }


def _objects(task: MigrationTask, gaps: tuple[Gap, ...]) -> Iterator[JSONObject]:
    taken = {*standard_names(), *task.objects.constraints}
    policies = in_order(task.policies)
    fields = [list(fields_of(policy)) for policy in policies]
    annotated_gaps = gaps
    for ordered, variants in zip(policy_priorities(policies, [*map(len, fields)]), fields, strict=True):
        names = [name_for(ordered.policy.name, taken)]
        taken.add(names[0])
        for number in range(2, len(variants) + 1):
            names.append(further_name(names[0], number, taken))
            taken.add(names[-1])
        for name, priority, variant in zip(names, ordered.priorities, variants, strict=True):
            yield {
                "apiVersion": f"{GROUP}/v1",
                "kind": KIND,
                "metadata": object_metadata(name, [ordered.policy.name], annotated_gaps),
                "priority": priority,
                **variant,
            }
            annotated_gaps = ()
        yield from grants(names, task.accesses[ordered.policy.name])


def _gaps(task: MigrationTask) -> Iterator[Gap]:
    workloads = task.workloads
    yield from _gaps_of_every_policy(task)
    yield from fixed_grants_gap(task)
    yield from newer_server_gaps(task.policies, workloads)
    policies = in_order(task.policies)
    for policy in policies:
        for difference in differences(policy):
            yield Gap(
                policy.name,
                difference.field,
                difference.kind,
                difference.detail,
                _affected_workloads(workloads, policy, difference),
            )
        earlier = tried_before(policies, policy)
        if earlier:
            yield Gap(
                policy.name,
                "metadata.name",
                "order lost",
                f"a pod of this policy may be admitted by {_few(earlier)} instead, which come first: the "
                "first constraints that admit a pod are used, even if they change it",
                partial(workloads.unchanged_by, policy.name, earlier),
            )


def _affected_workloads(
    workloads: AffectedWorkloads, policy: PolicyControls, difference: ControlDifference
) -> Callable[[], tuple[Workload, ...]]:
    match difference.kind:
        case "weaker":
            return partial(workloads.refused_by, policy.name)
        case "mutation lost":
            return partial(workloads.changed_by, policy.name)
    return partial(workloads.admitted_by, policy.name)


def _gaps_of_every_policy(task: MigrationTask) -> Iterator[Gap]:
    """The gaps that every policy has."""
    workloads, excluded = task.workloads, task.options.excluded_namespaces
    refused = partial(workloads.where, lambda row: row.refused)
    yield Gap(
        EVERY_POLICY,
        "metadata.name",
        "weaker",
        "OpenShift lets every authenticated user use restricted-v2 (since 4.20 also restricted-v3), and "
        "administrators use all constraints: a pod that no policy admits may be admitted by these",
        refused,
    )
    yield Gap(
        EVERY_POLICY,
        "ephemeralContainers",
        "stricter",
        "containers that kubectl debug adds to a running pod are judged, which PodSecurityPolicy never did",
    )
    yield Gap(
        EVERY_POLICY,
        "runAsUser",
        "stricter",
        "OpenShift sets runAsNonRoot in every container that runs as a user other than root, which does not "
        "change how it runs",
        partial(workloads.where, lambda row: not row.refused),
    )
    yield Gap(
        EVERY_POLICY,
        "spec.os.name",
        "weaker",
        "pods with spec.os.name windows are not judged",
        refused,
    )
    exempt = sorted(EXEMPT)
    for namespaces, why in (
        (exempt, f"OpenShift does not judge pods in {', '.join(exempt)}"),
        (excluded, f"pods of {', '.join(excluded)} are not judged; PodSecurityPolicy exempted no namespace"),
    ):
        if namespaces:
            yield Gap(
                EVERY_POLICY,
                "metadata.namespace",
                "weaker",
                why,
                partial(workloads.refused_in, namespaces),
            )
            if any(policy.fills for policy in task.policies):
                yield Gap(
                    EVERY_POLICY,
                    "metadata.namespace",
                    "mutation lost",
                    f"{why}: nothing is filled in there",
                    partial(workloads.changed_in, namespaces),
                )


def _few(names: tuple[str, ...]) -> str:
    few = ", ".join(names[:3])
    return f"{few} or {len(names) - 3} others" if len(names) > 3 else few.replace(", ", " or ")


SCC = PolicyEngine("scc", "OpenShift", ("namespaces", "all"), write)

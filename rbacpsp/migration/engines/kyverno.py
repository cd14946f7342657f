"""`migrate kyverno`: the policies as ValidatingPolicy and MutatingPolicy of Kyverno, or as ClusterPolicy.

Source: github.com/kyverno/kyverno/pkg/cel, 1.19.
"""

from collections.abc import Iterator

from rbacpsp.migration.common_gaps import common_gaps, fixed_grants_gap, lost_mutation_gaps
from rbacpsp.migration.gap import EVERY_POLICY, Gap
from rbacpsp.migration.kyverno import legacy
from rbacpsp.migration.kyverno.manifests import API_VERSION
from rbacpsp.migration.kyverno.mutating import mutating_spec
from rbacpsp.migration.kyverno.validating import debugging_spec, pods_spec
from rbacpsp.migration.labels import NAME, object_metadata
from rbacpsp.migration.task import EngineOutput, MigrationTask, PolicyEngine
from rbacpsp.model.json import JSONObject

IGNORED_NAMESPACES = ("kube-node-lease", "kube-public", "kube-system", "kyverno")
"""The namespaces whose requests Kyverno ignores with the default values of its chart."""
_DEBUGGING = f"ephemeralcontainers.{NAME}"


def write(task: MigrationTask) -> EngineOutput:
    """The mutating policy, the validating one, and one for containers that are added to running pods."""
    gaps = tuple(sorted(_gaps(task)))
    policies = _cluster_policies(task) if task.options.kyverno_api == "clusterpolicy" else _cel_policies(task)
    return EngineOutput(tuple(_manifest(task, gaps, *piece) for piece in policies), gaps)


def _cel_policies(task: MigrationTask) -> Iterator[tuple[str, str, str, JSONObject]]:
    yield API_VERSION, "MutatingPolicy", NAME, mutating_spec(task)
    yield API_VERSION, "ValidatingPolicy", NAME, pods_spec(task)
    if task.options.subresources == "all":
        yield API_VERSION, "ValidatingPolicy", _DEBUGGING, debugging_spec(task)


def _cluster_policies(task: MigrationTask) -> Iterator[tuple[str, str, str, JSONObject]]:
    yield legacy.API_VERSION, "ClusterPolicy", NAME, legacy.pods_policy_spec(task)
    if task.options.subresources == "all":
        yield legacy.API_VERSION, "ClusterPolicy", _DEBUGGING, legacy.debugging_policy_spec(task)


def _manifest(
    task: MigrationTask, gaps: tuple[Gap, ...], version: str, kind: str, name: str, spec: JSONObject
) -> JSONObject:
    """An object; the first of each kind lists the gaps."""
    metadata = object_metadata(name, [policy.name for policy in task.policies], gaps if name == NAME else ())
    if kind == "ClusterPolicy":
        metadata["annotations"] |= legacy.AUTOGEN if name == NAME else {}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def _gaps(task: MigrationTask) -> Iterator[Gap]:
    workloads = task.workloads
    yield from common_gaps(task)
    yield from fixed_grants_gap(task)
    if task.options.kyverno_api == "clusterpolicy":
        yield from lost_mutation_gaps(
            task, "a ClusterPolicy cannot fill it in: a pod has to set it, or is refused"
        )
    yield Gap(
        EVERY_POLICY,
        "metadata.namespace",
        "weaker",
        f"with the defaults of its chart, Kyverno does not judge pods in {', '.join(IGNORED_NAMESPACES)}: "
        "remove them from resourceFilters in the ConfigMap kyverno, and from the namespaceSelector of the "
        "webhooks",
        lambda: workloads.refused_in(IGNORED_NAMESPACES),
    )
    yield Gap(
        EVERY_POLICY,
        "spec.template",
        "stricter",
        "a workload is refused if no policy would admit its pods; PodSecurityPolicy refused only the pods",
        lambda: workloads.where(lambda row: row.refused and row.kind != "Pod"),
    )


KYVERNO = PolicyEngine("kyverno", "Kyverno", ("namespaces", "all"), write)

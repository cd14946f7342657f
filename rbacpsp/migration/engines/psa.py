"""`migrate psa`: a level of the Pod Security Standards for each namespace, as labels.

Source: k8s.io/pod-security-admission, 1.37.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from rbacpsp.migration.defaults import templates
from rbacpsp.migration.exemptions import Modes, configuration, exemptions
from rbacpsp.migration.gap import EVERY_POLICY, Gap, Workload
from rbacpsp.migration.level import demands_more, level_of
from rbacpsp.migration.level_coverage import holds
from rbacpsp.migration.task import EngineOutput, MigrationTask, PolicyEngine
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.pss import evaluate
from rbacpsp.pss.labels import LABEL_PREFIX
from rbacpsp.pss.levels import BASELINE, LEVELS, PRIVILEGED, RESTRICTED, Level, compare_levels
from rbacpsp.simulate import Row

ON_SINCE = Version(1, 23)
"""The first release that has the plugin on by default."""
_NEXT: dict[Level, Level] = {PRIVILEGED: BASELINE, BASELINE: RESTRICTED, RESTRICTED: RESTRICTED}


class ChosenLevel(NamedTuple):
    """A namespace and the level for it."""

    namespace: str
    level: Level
    workloads: int
    """The number of workloads and pods that decided the level; if there are none, the policies decide it."""

    def labels(self, version: Version) -> dict[str, str]:
        """Labels that enforce the level, and warn and audit about what the next one refuses."""
        goal = _NEXT[self.level]
        modes = {"enforce": self.level, "audit": goal, "warn": goal}
        labels: dict[str, str] = {}
        for mode, level in modes.items():
            labels[f"{LABEL_PREFIX}{mode}"] = level
            labels[f"{LABEL_PREFIX}{mode}-version"] = f"v{version}"
        return labels


def write(task: MigrationTask) -> EngineOutput:
    """A Namespace with its labels for each namespace.

    Raises:
        ValueError: The target does not have the PodSecurity plugin.
    """
    version = task.options.target_version
    if version < ON_SINCE:
        raise ValueError(
            f"Kubernetes {version} does not enable Pod Security Admission: name a target of {ON_SINCE} or "
            "later"
        )
    chosen = tuple(levels(task))
    objects = tuple(
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": choice.namespace, "labels": choice.labels(version)},
        }
        for choice in chosen
    )
    moved = tuple(templates(task.workloads.rows, task.objects))
    loosest = _loosest(task)
    exempt = exemptions(
        task,
        {choice.namespace: choice.level for choice in chosen},
        _rows_by_namespace(task),
        partial(_strictest_level, task),
    )
    plugin_configuration = configuration(exempt, Modes(loosest, _NEXT[loosest]), version)
    return EngineOutput(objects, tuple(sorted(_gaps(task, chosen))), moved, plugin_configuration, exempt)


def levels(task: MigrationTask) -> Iterator[ChosenLevel]:
    """The strictest level that all pods of each namespace meet, as PodSecurityPolicy stores them.

    A namespace without pods gets the level of the loosest policy.
    """
    rows, loosest = _rows_by_namespace(task), _loosest(task)
    for namespace in sorted(rows or {"default": []}):
        if namespace in task.options.excluded_namespaces:
            continue
        namespace_rows = rows.get(namespace, [])
        yield ChosenLevel(
            namespace,
            _strictest_level(task, namespace_rows) if namespace_rows else loosest,
            len(namespace_rows),
        )


def _rows_by_namespace(task: MigrationTask) -> dict[str, list[Row]]:
    """The workloads and pods of each namespace, including empty namespaces."""
    rows: dict[str, list[Row]] = {
        name: [] for name, namespace in task.objects.namespaces.items() if not namespace.assumed
    }
    for row in task.workloads.rows:
        rows.setdefault(row.namespace, []).append(row)
    return rows


def _loosest(task: MigrationTask) -> Level:
    """The level of the loosest policy."""
    return min(
        (level_of(task.objects.policies[policy.name]).level for policy in task.policies), key=LEVELS.index
    )


def _strictest_level(task: MigrationTask, rows: list[Row]) -> Level:
    version = task.options.target_version
    for level in (RESTRICTED, BASELINE):
        if all(
            evaluate(pod, level=level, version=f"v{version}", kubernetes_version=str(version))
            for row in rows
            for pod in _stored_pods(row)
        ):
            return level
    return PRIVILEGED


def _stored_pods(row: Row) -> Iterator[JSONObject]:
    """The pods of a row as they are stored today, or as they were submitted where they are refused."""
    for part in row.parts:
        admission = part.ruling.admission
        yield {"kind": "Pod", "apiVersion": "v1", **(admission.pod or part.ruling.pod)}


def _gaps(task: MigrationTask, chosen: tuple[ChosenLevel, ...]) -> Iterator[Gap]:
    workloads = task.workloads
    chosen_levels = {choice.level for choice in chosen}
    strictest = max(chosen_levels, key=LEVELS.index, default=PRIVILEGED)
    weakest = min(chosen_levels, key=LEVELS.index, default=PRIVILEGED)
    for policy in task.policies:
        cluster_policy = task.objects.policies[policy.name]
        admitted = partial(workloads.admitted_by, policy.name)
        for control in policy.controls:
            if not holds(weakest, control):
                loose_namespaces = [choice.namespace for choice in chosen if not holds(choice.level, control)]
                yield Gap(
                    policy.name,
                    control.field,
                    "weaker",
                    f"Pod Security cannot enforce it, or the level does not, in {_few(loose_namespaces)}",
                    partial(_refused, task, tuple(loose_namespaces)),
                )
        for field in dict.fromkeys(policy.fills):
            yield Gap(
                policy.name,
                field,
                "mutation lost",
                "nothing is filled in any more: the pod templates have to set it",
                partial(workloads.changed_by, policy.name),
            )
        for blocker in dict.fromkeys(demands_more(cluster_policy, strictest)):
            refusing_namespaces = [
                choice.namespace for choice in chosen if compare_levels(choice.level, blocker.level) >= 0
            ]
            yield Gap(
                policy.name,
                blocker.field,
                "stricter",
                f"{blocker.why}; {blocker.level} refuses that, and so does {_few(refusing_namespaces)}",
                admitted,
            )
    if task.scope != "all":
        yield Gap(
            EVERY_POLICY,
            "metadata.name",
            "scope lost",
            "a level applies to every service account and user of a namespace, whichever policy they may use",
        )


def _refused(task: MigrationTask, namespaces: tuple[str, ...]) -> tuple[Workload, ...]:
    return task.workloads.refused_in(namespaces)


def _few(namespaces: list[str]) -> str:
    """The first three names, and the number of the others."""
    few = ", ".join(namespaces[:3])
    more = len(namespaces) - 3
    return f"{few} and {more} more" if more > 0 else few


PSA = PolicyEngine("psa", "Pod Security Admission", ("namespaces", "all"), write)

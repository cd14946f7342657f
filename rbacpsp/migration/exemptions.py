"""The configuration of the PodSecurity plugin: defaults for new namespaces, and exemptions.

Labels apply to today's namespaces. PodSecurityPolicy also applied to namespaces that were created later, so
the defaults are the level of the loosest policy. Labels cannot distinguish users or RuntimeClasses as
policies do, so exemptions are proposed for users who may use a privileged policy everywhere, and for a
RuntimeClass whose pods alone keep a namespace from a stricter level. No check applies to what is exempt, so a
person must decide about each exemption. Controllers are never exempt: they create the pods of everybody's
workloads.

Source: k8s.io/pod-security-admission admission/api (v1, v1beta1), admission.go, 1.37.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from rbacpsp.migration.level import level_of
from rbacpsp.migration.task import Exemption, MigrationTask
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.pss.config import ADMISSION_VERSIONS, GROUP, PLUGIN
from rbacpsp.pss.levels import LEVELS, PRIVILEGED, Level
from rbacpsp.simulate import Row

_V1_SINCE = Version(1, 25)
_FIELDS = ("usernames", "runtimeClasses", "namespaces")


class Modes(NamedTuple):
    """The level that is enforced, and the level of audit and warn."""

    enforce: Level
    goal: Level


def exemptions(
    task: MigrationTask,
    levels: Mapping[str, Level],
    rows: Mapping[str, list[Row]],
    met: Callable[[list[Row]], Level],
) -> tuple[Exemption, ...]:
    """What may be exempt, and why.

    Args:
        task: The policies, and who may use them.
        levels: The level of each namespace.
        rows: The workloads and pods of each.
        met: The strictest level that some of them meet.
    """
    exempt = [*_users(task, levels), *_runtime_classes(task, levels, rows, met)]
    exempt += [
        Exemption("namespaces", name, "--exclude-namespace excludes it")
        for name in task.options.excluded_namespaces
    ]
    return tuple(dict.fromkeys(exempt))


def _users(task: MigrationTask, levels: Mapping[str, Level]) -> Iterator[Exemption]:
    if all(level == PRIVILEGED for level in levels.values()):
        return
    seen: set[str] = set()
    for policy in task.policies:
        if level_of(task.objects.policies[policy.name]).level != PRIVILEGED:
            continue
        for holder in task.accesses[policy.name].holders:
            name = holder.subject.name
            if (
                holder.namespace
                or holder.subject.kind != "User"
                or name.startswith("system:")
                or name in seen
            ):
                continue
            seen.add(name)
            yield Exemption(
                "usernames",
                name,
                f"may use the policy {policy.name}, which is privileged, in every namespace",
            )


def _runtime_classes(
    task: MigrationTask,
    levels: Mapping[str, Level],
    rows: Mapping[str, list[Row]],
    met: Callable[[list[Row]], Level],
) -> Iterator[Exemption]:
    named = {
        name
        for policy in task.policies
        if (rule := task.objects.policies[policy.name].spec.runtime_class) is not None
        for name in rule.allowed_runtime_class_names
        if name != "*"
    }
    for name in sorted(named):
        for namespace, level in sorted(levels.items()):
            namespace_rows = rows.get(namespace, [])
            others = [row for row in namespace_rows if not _runs_in(row, name)]
            better = met(others) if 0 < len(others) < len(namespace_rows) else level
            if LEVELS.index(better) > LEVELS.index(level):
                yield Exemption(
                    "runtimeClasses",
                    name,
                    f"only its pods prevent the level {better} in namespace {namespace}",
                )
                break


def _runs_in(row: Row, runtime_class: str) -> bool:
    """Whether every pod of a row names a RuntimeClass, as policies store it."""
    pods = [part.ruling.admission.pod or part.ruling.pod for part in row.parts]
    return all((pod.get("spec") or {}).get("runtimeClassName") == runtime_class for pod in pods)


def configuration(exempt: tuple[Exemption, ...], modes: Modes, version: Version) -> JSONObject:
    """The file of `--admission-control-config-file`."""
    defaults: dict[str, str] = {}
    for mode, level in (("enforce", modes.enforce), ("audit", modes.goal), ("warn", modes.goal)):
        defaults |= {mode: level, f"{mode}-version": f"v{version}"}
    api_version = f"{GROUP}/{'v1' if version >= _V1_SINCE else 'v1beta1'}"
    plugin_configuration = {
        "apiVersion": api_version,
        "kind": "PodSecurityConfiguration",
        "defaults": defaults,
        "exemptions": {
            field: sorted({exemption.name for exemption in exempt if exemption.field == field})
            for field in _FIELDS
        },
    }
    return {
        "apiVersion": ADMISSION_VERSIONS[0],
        "kind": "AdmissionConfiguration",
        "plugins": [{"name": PLUGIN, "configuration": plugin_configuration}],
    }

"""Finds the level that a namespace could enforce, and the objects that violate the next level."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacpsp.model.json import JSONObject
from rbacpsp.model.objects import Objects
from rbacpsp.model.version import Version
from rbacpsp.model.workload import Manifest
from rbacpsp.pss.config import Configuration
from rbacpsp.pss.evaluate import evaluator_for
from rbacpsp.pss.holders import Evaluated, FailingManifest, evaluate_all, holders
from rbacpsp.pss.labels import LABEL_PREFIX, Policy, policy_to_evaluate
from rbacpsp.pss.levels import (
    BASELINE,
    PRIVILEGED,
    RESTRICTED,
    Level,
    LevelVersion,
    server_of,
    version_text,
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The strictest level that everything in a namespace meets."""

    namespace: str
    level: LevelVersion
    """Pinned to a version, so that an upgrade of the cluster does not change it."""
    next_level: LevelVersion | None
    """The level above it; None when there is none."""
    blockers: tuple[FailingManifest, ...]
    """Everything that fails the next level, by kind and name; empty for restricted."""
    pods: int
    """How many pods were evaluated."""
    workloads: int
    """How many templates of workloads were evaluated."""
    current: Policy
    """The levels that the namespace's labels, or the defaults, require now."""
    exempt: bool
    """Whether the configuration exempts the namespace, so that labels have no effect."""
    unread: tuple[str, ...] = ()
    """The custom resources whose pods cannot be read, a sentence each."""
    empty: tuple[Manifest, ...] = ()
    """The custom resources that hold no pod: they refer to one elsewhere, or their controller writes it."""

    @property
    def labels(self) -> dict[str, str]:
        """The labels to set: enforce the level that is met, audit and warn about the next one."""
        goal = self.next_level or self.level
        modes = {"enforce": self.level, "audit": goal, "warn": goal}
        labels: dict[str, str] = {}
        for mode, level_version in modes.items():
            labels[f"{LABEL_PREFIX}{mode}"] = level_version.level
            labels[f"{LABEL_PREFIX}{mode}-version"] = version_text(level_version.version)
        return labels

    @property
    def patch(self) -> JSONObject:
        """The labels as a Namespace to apply or to patch with."""
        return {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": self.namespace, "labels": self.labels},
        }


def suggest(
    objects: Objects,
    namespaces: Iterable[str] | None = None,
    version: Version | None = None,
    *,
    kubernetes_version: Version | None = None,
    config: Configuration | None = None,
) -> tuple[Suggestion, ...]:
    """For each namespace the strictest level that all its pods and pod templates meet, in order of names.

    In a namespace without pods only its workloads count, and the custom resources whose controllers create
    pods. ReplicaSets that a Deployment keeps without replicas are ignored. Objects that name no namespace
    count for `default`.

    Args:
        objects: The cluster, or the manifests of one.
        namespaces: Their names; None: all that were loaded, or that contain a pod or a workload.
        version: The policy version to pin; None is that of the server.
        kubernetes_version: The Kubernetes version whose checks are used; None is the newest.
        config: The plugin's configuration: its exempt runtime classes are ignored.

    Raises:
        ValueError: A field of a pod has the wrong type.
    """
    config = config or Configuration()
    server = server_of(kubernetes_version)
    pinned = version or server
    by_namespace: dict[str, list[Manifest]] = {name: [] for name in objects.namespaces}
    for manifest in holders(objects):
        by_namespace.setdefault(manifest.namespace or "default", []).append(manifest)
    names = sorted(by_namespace) if namespaces is None else sorted(set(namespaces))
    return tuple(
        _suggestion(name, by_namespace.get(name, []), pinned, server, objects, config) for name in names
    )


def _suggestion(
    name: str,
    manifests: list[Manifest],
    pinned: Version,
    server: Version,
    objects: Objects,
    config: Configuration,
) -> Suggestion:
    evaluator = evaluator_for(server)
    manifests = sorted(manifests, key=lambda manifest: (manifest.kind, manifest.name))
    level: Level = PRIVILEGED
    next_level: LevelVersion | None = None
    blockers: tuple[FailingManifest, ...] = ()
    results = Evaluated()
    for candidate in (RESTRICTED, BASELINE):
        results = evaluate_all(manifests, LevelVersion(candidate, pinned), evaluator, objects, config)
        failing = tuple(results.blockers)
        if not failing:
            level = candidate
            break
        next_level, blockers = LevelVersion(candidate, pinned), failing
    policy, _ = policy_to_evaluate(objects.namespace_labels(name), config.defaults, server)
    pods = sum(manifest.kind == "Pod" for manifest in manifests)
    return Suggestion(
        namespace=name,
        level=LevelVersion(level, pinned),
        next_level=next_level,
        blockers=blockers,
        pods=pods,
        workloads=len(manifests) - pods - len(results.unread) - len(results.empty),
        current=policy,
        exempt=name in config.exemptions.namespaces,
        unread=tuple(results.unread),
        empty=tuple(results.empty),
    )

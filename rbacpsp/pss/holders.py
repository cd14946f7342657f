"""Evaluates everything with pods in a namespace against a level: pods, workloads, custom resources."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rbacpsp.model.objects import Objects
from rbacpsp.model.version import Version
from rbacpsp.model.workload import Manifest
from rbacpsp.pss.config import Configuration
from rbacpsp.pss.custom import read_custom_pods
from rbacpsp.pss.evaluate import Evaluator, Failure, evaluator_for
from rbacpsp.pss.labels import policy_to_evaluate
from rbacpsp.pss.levels import PRIVILEGED, LevelVersion
from rbacpsp.pss.reading import read_pod


class FailingManifest(NamedTuple):
    """A pod or a template that fails a level, with the checks that it fails."""

    manifest: Manifest
    failures: tuple[Failure, ...]


@dataclass(slots=True)
class Evaluated:
    """The result of evaluating several objects: those that fail, and those that could not be evaluated."""

    blockers: list[FailingManifest] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """The custom resources whose pods cannot be read, a sentence each."""
    empty: list[Manifest] = field(default_factory=list)
    """The custom resources without a pod: they refer to one elsewhere, or their controller writes it."""


def holders(objects: Objects) -> Iterator[Manifest]:
    """The pods, workloads and custom resources of a cluster, without the old ReplicaSets of Deployments."""
    for manifest in (*objects.pods.values(), *objects.workloads.values()):
        if not _kept_without_replicas(manifest):
            yield manifest
    yield from (custom for custom in objects.customs.values() if custom.namespace)


def _kept_without_replicas(manifest: Manifest) -> bool:
    """Whether it is an old ReplicaSet that a Deployment keeps for rollbacks."""
    owned = any(owner.controller for owner in manifest.metadata.owner_references)
    spec = manifest.body.get("spec")
    return manifest.kind == "ReplicaSet" and owned and isinstance(spec, dict) and spec.get("replicas") == 0


def evaluate_all(
    manifests: Iterable[Manifest],
    level: LevelVersion,
    evaluator: Evaluator,
    objects: Objects,
    config: Configuration,
) -> Evaluated:
    """Evaluate objects against a level; those of exempt runtime classes are ignored.

    Args:
        manifests: Pods, workloads and custom resources of a cluster.
        level: The level and version.
        evaluator: The checks of the server.
        objects: The cluster, which knows the kinds of custom resources with pods.
        config: The plugin's configuration.

    Raises:
        ValueError: A field of a pod or a workload has the wrong type.
    """
    results = Evaluated()
    exempt = config.exemptions.runtime_classes
    for manifest in manifests:
        if objects.is_custom(manifest):
            _judge_custom(results, manifest, level, evaluator, objects, exempt)
            continue
        pod = read_pod(manifest, evaluator.server)
        if (pod.checked.spec.runtime_class_name or "") in exempt:
            continue
        evaluation = evaluator.evaluate(pod, level)
        if not evaluation:
            results.blockers.append(FailingManifest(manifest, evaluation.failures))
    return results


def _judge_custom(
    results: Evaluated,
    manifest: Manifest,
    level: LevelVersion,
    evaluator: Evaluator,
    objects: Objects,
    exempt: tuple[str, ...],
) -> None:
    kind = objects.template_kind(manifest)
    try:
        pods = [] if kind is None else list(read_custom_pods(manifest.body, kind, evaluator.server))
    except ValueError as error:
        results.unread.append(f"{manifest.kind} {manifest.namespace}/{manifest.name}: {error}")
        return
    if not pods:
        results.empty.append(manifest)
    failures: dict[Failure, None] = {}
    for pod in pods:
        if (pod.pod.checked.spec.runtime_class_name or "") not in exempt:
            failures.update(dict.fromkeys(pod.evaluate(evaluator, level).failures))
    if failures:
        results.blockers.append(FailingManifest(manifest, tuple(failures)))


class TemplatesTried(NamedTuple):
    """The pod templates of a namespace, evaluated against the level that labels enforce."""

    level: LevelVersion
    judged: int
    """How many objects were evaluated."""
    failing: tuple[FailingManifest, ...]
    unread: tuple[str, ...]


def try_templates(
    namespace: str, labels: Mapping[str, str], objects: Objects, config: Configuration, server: Version
) -> TemplatesTried | None:
    """Evaluate the templates of a namespace against its labels; None: nothing is enforced there.

    Raises:
        ValueError: A field of a workload's template has the wrong type.
    """
    level = policy_to_evaluate(labels, config.defaults, server)[0].enforce
    if namespace in config.exemptions.namespaces or level.level == PRIVILEGED:
        return None
    local_holders = [holder for holder in holders(objects) if (holder.namespace or "default") == namespace]
    local_holders.sort(key=lambda manifest: (manifest.kind, manifest.name))
    results = evaluate_all(local_holders, level, evaluator_for(server), objects, config)
    count = len(local_holders) - len(results.unread) - len(results.empty)
    return TemplatesTried(level, count, tuple(results.blockers), tuple(results.unread))

"""Checks every workload against the Pod Security level that its namespace enforces."""

from collections import defaultdict
from typing import Protocol

from rbacpsp.model import Manifest, Objects, Version
from rbacpsp.model.json import JSONObject
from rbacpsp.pss import Configuration, Failure, policy_to_evaluate, read_config
from rbacpsp.pss.evaluate import evaluator_for
from rbacpsp.pss.holders import evaluate_all, holders
from rbacpsp.pss.levels import ON_SINCE, server_of
from rbacpsp.simulate.owners import Owners
from rbacpsp.simulate.verdict import AdmissionVerdict, Key


class Enforcing(Protocol):
    """The attributes of a cluster that its Pod Security levels depend on."""

    @property
    def objects(self) -> Objects:
        """The objects on the server."""

    @property
    def kubernetes_version(self) -> Version:
        """The release."""

    @property
    def admission_config(self) -> JSONObject | None:
        """The PodSecurityConfiguration of the server."""


def level_verdicts(state: Enforcing) -> dict[Key, AdmissionVerdict]:
    """The verdict of the namespace's level on each workload, and pod without one; empty before 1.23.

    Raises:
        ValueError: A field of a pod or a workload has the wrong type.
    """
    if state.kubernetes_version < ON_SINCE:
        return {}
    objects, server = state.objects, server_of(state.kubernetes_version)
    config = (
        read_config(state.admission_config, version=state.kubernetes_version)
        if state.admission_config
        else Configuration()
    )
    verdicts: dict[Key, AdmissionVerdict] = {}
    for namespace, manifests in _by_namespace(objects).items():
        labels = objects.namespace_labels(namespace)
        level = policy_to_evaluate(labels, config.defaults, server)[0].enforce
        exempt = namespace in config.exemptions.namespaces
        evaluations = evaluate_all([] if exempt else manifests, level, evaluator_for(server), objects, config)
        for manifest in manifests:
            verdicts[_key(manifest, namespace)] = AdmissionVerdict("exempt" if exempt else str(level))
        for manifest, failures in evaluations.blockers:
            verdicts[_key(manifest, namespace)] = AdmissionVerdict(
                str(level), f'violates PodSecurity "{level}": {_reasons(failures)}'
            )
    return verdicts


def _by_namespace(objects: Objects) -> dict[str, list[Manifest]]:
    """By namespace, the objects that create pods and that no loaded object owns."""
    owners = Owners((*objects.workloads.values(), *objects.customs.values()))
    manifests: defaultdict[str, list[Manifest]] = defaultdict(list)
    for manifest in holders(objects):
        if owners.chain(manifest).top is None:
            manifests[manifest.namespace or "default"].append(manifest)
    return manifests


def _key(manifest: Manifest, namespace: str) -> Key:
    return (namespace, manifest.kind, manifest.name or f"{manifest.metadata.generate_name}*")


def _reasons(failures: tuple[Failure, ...]) -> str:
    return ", ".join(
        f"{failure.reason} ({failure.detail})" if failure.detail else failure.reason for failure in failures
    )

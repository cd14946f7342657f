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
    """A state whose namespaces may enforce levels."""

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
    """By workload, and by pod without one, what the level of its namespace says; nothing below 1.23.

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
    found: dict[Key, AdmissionVerdict] = {}
    for namespace, manifests in _by_namespace(objects).items():
        labels = objects.namespace_labels(namespace)
        level = policy_to_evaluate(labels, config.defaults, server)[0].enforce
        exempt = namespace in config.exemptions.namespaces
        judged = evaluate_all([] if exempt else manifests, level, evaluator_for(server), objects, config)
        for each in manifests:
            found[_key(each, namespace)] = AdmissionVerdict("exempt" if exempt else str(level))
        for manifest, failures in judged.blockers:
            found[_key(manifest, namespace)] = AdmissionVerdict(
                str(level), f'violates PodSecurity "{level}": {_reasons(failures)}'
            )
    return found


def _by_namespace(objects: Objects) -> dict[str, list[Manifest]]:
    """Whether an object creates pods and no loaded object owns it."""
    owners = Owners((*objects.workloads.values(), *objects.customs.values()))
    found: defaultdict[str, list[Manifest]] = defaultdict(list)
    for manifest in holders(objects):
        if owners.chain(manifest).top is None:
            found[manifest.namespace or "default"].append(manifest)
    return found


def _key(manifest: Manifest, namespace: str) -> Key:
    return (namespace, manifest.kind, manifest.name or f"{manifest.metadata.generate_name}*")


def _reasons(failures: tuple[Failure, ...]) -> str:
    return ", ".join(
        f"{failure.reason} ({failure.detail})" if failure.detail else failure.reason for failure in failures
    )

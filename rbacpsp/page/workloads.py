"""Workloads as tables, with the verdicts of policies, constraints and Pod Security on their pods.

Equal verdicts are written once.
"""

import json
from collections.abc import Iterator
from itertools import repeat
from typing import Any

from rbacpsp.model import Manifest, Objects
from rbacpsp.page.access import AccessTables
from rbacpsp.page.facts import Facts
from rbacpsp.page.numbers import NONE, Numbers
from rbacpsp.page.rulings import Rulings
from rbacpsp.pss import LEVELS, Configuration, Failure, LevelVersion, policy_to_evaluate
from rbacpsp.pss.custom import read_custom_pods
from rbacpsp.pss.evaluate import Evaluator, evaluator_for
from rbacpsp.pss.holders import holders
from rbacpsp.pss.levels import ON_SINCE, PRIVILEGED, server_of
from rbacpsp.pss.reading import PodInObject, read_pod
from rbacpsp.simulate import Row

MOST = 20_000
"""The maximum of workloads and pods on the page."""


class WorkloadTables:
    """Collects the tables of the workloads."""

    def __init__(self, facts: Facts, access: AccessTables) -> None:
        self._facts = facts
        self._rulings = Rulings(access)
        self._security = Security(facts)

    def document(self) -> dict[str, Any]:
        """The tables; without policies and constraints they contain Pod Security only."""
        objects = self._facts.objects
        policies, constraints = self._facts.simulation, self._facts.constraints
        if constraints is not None:
            rows = list(map(self._constraint_row, constraints, policies or repeat(None)))
        elif policies is not None:
            rows = [self._row(row) for row in policies]
        else:
            rows = [self._pod_security_row(manifest) for manifest in _top_level_objects(objects)]
        rows.sort(key=lambda row: row[:3])
        return {
            "workloads": rows[:MOST],
            "workloadCount": len(rows),
            "considered": self._rulings.document(),
            **self._security.document(),
        }

    def _pod_security_row(self, manifest: Manifest) -> list[Any]:
        name = manifest.name or f"{manifest.metadata.generate_name}*"
        namespace = manifest.namespace or "default"
        account = self._security.account(manifest)
        answer = self._security.of(manifest, namespace)
        return [namespace, manifest.kind, name, account, "", [], [], answer, ""]

    def _row(self, row: Row) -> list[Any]:
        return self._policy_row(row, self._rulings.of(row), str(row.verdict))

    def _constraint_row(self, row: Row, by_policies: Row | None) -> list[Any]:
        """The verdicts of policies and then of constraints; both simulations have the same workloads."""
        values = self._policy_row(row, [], "") if by_policies is None else self._row(by_policies)
        return [*values, self._rulings.of(row), str(row.verdict)]

    def _policy_row(self, row: Row, parts: list[Any], verdict: str) -> list[Any]:
        manifest = self._facts.objects.workloads.get((row.kind, row.namespace, row.name)) or next(
            iter(row.pods), None
        )
        manifest = manifest or self._facts.objects.customs.get((row.kind, row.namespace, row.name))
        answer = NONE if manifest is None else self._security.of(manifest, row.namespace)
        creator = row.creator.name if row.creator else ""
        return [*row.key, row.account, creator, parts, list(row.notes), answer, verdict]


class Security:
    """The verdicts of Pod Security on pods; equal ones are written once."""

    def __init__(self, facts: Facts) -> None:
        self._objects = facts.objects
        self._config = facts.configuration or Configuration()
        self._version = facts.version
        self._server = server_of(facts.version)
        self._evaluator: Evaluator = evaluator_for(self._server)
        self._answers: Numbers[str] = Numbers()
        self._policies: dict[str, Any] = {}

    def of(self, manifest: Manifest, namespace: str) -> int:
        """The number of the verdict on an object's pods; `NONE` if they cannot be read."""
        try:
            pods = list(self._pods(manifest))
        except ValueError:
            return NONE
        enforce = self._policy(namespace).enforce
        exempt = namespace in self._config.exemptions.namespaces
        levels = [LevelVersion(level) for level in LEVELS if level != PRIVILEGED]
        failures_by_level = [self._failures(pods, level) for level in levels]
        not_enforced = exempt or enforce.level == PRIVILEGED or self._version < ON_SINCE
        enforced_failures = [] if not_enforced else self._failures(pods, enforce)
        return self._answers.of(json.dumps([*failures_by_level, enforced_failures]))

    def account(self, manifest: Manifest) -> str:
        """The service account that an object's pods run as; empty if they cannot be read."""
        try:
            pods = list(self._pods(manifest))
        except ValueError:
            return ""
        return (pods[0].checked.spec.service_account_name or "default") if pods else ""

    def document(self) -> dict[str, Any]:
        """The verdicts, and the levels in the labels of each namespace."""
        namespaces = [
            [
                name,
                [str(policy.of(mode)) for mode in ("enforce", "audit", "warn")],
                int(name in self._config.exemptions.namespaces),
            ]
            for name in sorted(self._objects.namespaces)
            for policy in [self._policy(name)]
        ]
        return {"podSecurity": [json.loads(answer) for answer in self._answers.items], "levels": namespaces}

    def _policy(self, namespace: str) -> Any:
        policy = self._policies.get(namespace)
        if policy is None:
            labels = self._objects.namespace_labels(namespace)
            policy = policy_to_evaluate(labels, self._config.defaults, self._server)[0]
            self._policies[namespace] = policy
        return policy

    def _failures(self, pods: list[PodInObject], level: LevelVersion) -> list[list[str]]:
        failures: dict[Failure, None] = {}
        for pod in pods:
            failures.update(dict.fromkeys(self._evaluator.evaluate(pod, level).failures))
        return [[failure.check, failure.reason, failure.detail, str(failure.level)] for failure in failures]

    def _pods(self, manifest: Manifest) -> Iterator[PodInObject]:
        if self._objects.is_custom(manifest):
            kind = self._objects.template_kind(manifest)
            if kind is not None:
                yield from (
                    template_pod.pod for template_pod in read_custom_pods(manifest.body, kind, self._server)
                )
        else:
            yield read_pod(manifest, self._server)


def _top_level_objects(objects: Objects) -> Iterator[Manifest]:
    """The objects that create pods and that no other loaded object controls."""
    keys = {
        (manifest_read.kind, manifest_read.namespace, manifest_read.name)
        for manifest_read in holders(objects)
    }
    for manifest in holders(objects):
        owners = manifest.metadata.owner_references
        if not any(
            owner.controller and (owner.kind, manifest.namespace, owner.name) in keys for owner in owners
        ):
            yield manifest

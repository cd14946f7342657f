"""Workloads as tables: what policies and constraints do with their pods, and what Pod Security says of them.

What is equal for many workloads is written once.
"""

import json
from collections.abc import Iterator
from itertools import repeat
from typing import Any

from rbacpsp.model import Manifest, Objects
from rbacpsp.page.access import Access
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
"""How many workloads and pods the page holds."""


class Workloads:
    """Collects the tables of the workloads."""

    def __init__(self, facts: Facts, access: Access) -> None:
        self._facts = facts
        self._rulings = Rulings(access)
        self._security = Security(facts)

    def document(self) -> dict[str, Any]:
        """The tables; without policies and constraints only Pod Security is told."""
        objects = self._facts.objects
        policies, constraints = self._facts.simulation, self._facts.constraints
        if constraints is not None:
            rows = list(map(self._constrained, constraints, policies or repeat(None)))
        elif policies is not None:
            rows = [self._row(each) for each in policies]
        else:
            rows = [self._plain(each) for each in _tops(objects)]
        rows.sort(key=lambda each: each[:3])
        return {
            "workloads": rows[:MOST],
            "workloadCount": len(rows),
            "considered": self._rulings.document(),
            **self._security.document(),
        }

    def _plain(self, manifest: Manifest) -> list[Any]:
        name = manifest.name or f"{manifest.metadata.generate_name}*"
        namespace = manifest.namespace or "default"
        account = self._security.account(manifest)
        said = self._security.of(manifest, namespace)
        return [namespace, manifest.kind, name, account, "", [], [], said, ""]

    def _row(self, row: Row) -> list[Any]:
        return self._told(row, self._rulings.of(row), str(row.verdict))

    def _constrained(self, row: Row, by_policies: Row | None) -> list[Any]:
        """What constraints do with a workload, after what policies do: both name the same workloads."""
        told = self._told(row, [], "") if by_policies is None else self._row(by_policies)
        return [*told, self._rulings.of(row), str(row.verdict)]

    def _told(self, row: Row, parts: list[Any], verdict: str) -> list[Any]:
        manifest = self._facts.objects.workloads.get((row.kind, row.namespace, row.name)) or next(
            iter(row.pods), None
        )
        manifest = manifest or self._facts.objects.customs.get((row.kind, row.namespace, row.name))
        said = NONE if manifest is None else self._security.of(manifest, row.namespace)
        creator = row.creator.name if row.creator else ""
        return [*row.key, row.account, creator, parts, list(row.notes), said, verdict]


class Security:
    """What Pod Security says of pods: equal answers are written once."""

    def __init__(self, facts: Facts) -> None:
        self._objects = facts.objects
        self._config = facts.configuration or Configuration()
        self._version = facts.version
        self._server = server_of(facts.version)
        self._evaluator: Evaluator = evaluator_for(self._server)
        self._found: Numbers[str] = Numbers()
        self._policies: dict[str, Any] = {}

    def of(self, manifest: Manifest, namespace: str) -> int:
        """The number of what is said of an object's pods; `NONE` where they cannot be read."""
        try:
            pods = list(self._pods(manifest))
        except ValueError:
            return NONE
        enforce = self._policy(namespace).enforce
        exempt = namespace in self._config.exemptions.namespaces
        levels = [LevelVersion(level) for level in LEVELS if level != PRIVILEGED]
        said = [self._failures(pods, level) for level in levels]
        free = exempt or enforce.level == PRIVILEGED or self._version < ON_SINCE
        held = [] if free else self._failures(pods, enforce)
        return self._found.of(json.dumps([*said, held]))

    def account(self, manifest: Manifest) -> str:
        """The service account that an object's pods run as; empty where they cannot be read."""
        try:
            pods = list(self._pods(manifest))
        except ValueError:
            return ""
        return (pods[0].checked.spec.service_account_name or "default") if pods else ""

    def document(self) -> dict[str, Any]:
        """The answers, and what the labels of each namespace demand."""
        namespaces = [
            [
                name,
                [str(policy.of(mode)) for mode in ("enforce", "audit", "warn")],
                int(name in self._config.exemptions.namespaces),
            ]
            for name in sorted(self._objects.namespaces)
            for policy in [self._policy(name)]
        ]
        return {"podSecurity": [json.loads(each) for each in self._found.things], "levels": namespaces}

    def _policy(self, namespace: str) -> Any:
        found = self._policies.get(namespace)
        if found is None:
            labels = self._objects.namespace_labels(namespace)
            found = policy_to_evaluate(labels, self._config.defaults, self._server)[0]
            self._policies[namespace] = found
        return found

    def _failures(self, pods: list[PodInObject], level: LevelVersion) -> list[list[str]]:
        found: dict[Failure, None] = {}
        for pod in pods:
            found.update(dict.fromkeys(self._evaluator.evaluate(pod, level).failures))
        return [[each.check, each.reason, each.detail, str(each.level)] for each in found]

    def _pods(self, manifest: Manifest) -> Iterator[PodInObject]:
        if self._objects.is_custom(manifest):
            kind = self._objects.template_kind(manifest)
            if kind is not None:
                yield from (each.pod for each in read_custom_pods(manifest.body, kind, self._server))
        else:
            yield read_pod(manifest, self._server)


def _tops(objects: Objects) -> Iterator[Manifest]:
    """What holds pods and is not controlled by another object that was read."""
    there = {(each.kind, each.namespace, each.name) for each in holders(objects)}
    for manifest in holders(objects):
        owners = manifest.metadata.owner_references
        if not any(
            owner.controller and (owner.kind, manifest.namespace, owner.name) in there for owner in owners
        ):
            yield manifest

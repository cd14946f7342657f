"""Workloads as tables: what every policy does with their pods, and what Pod Security says of them.

What is equal for many workloads, such as what one policy does with a template, is written once.
"""

import json
from collections.abc import Iterator
from typing import Any

from rbacpsp.model import Manifest, Objects
from rbacpsp.page.access import Access
from rbacpsp.page.facts import Facts
from rbacpsp.page.numbers import NONE, Numbers
from rbacpsp.psp.considered import Considered
from rbacpsp.pss import LEVELS, Configuration, Failure, LevelVersion, policy_to_evaluate
from rbacpsp.pss.custom import read_custom_pods
from rbacpsp.pss.evaluate import Evaluator, evaluator_for
from rbacpsp.pss.holders import holders
from rbacpsp.pss.levels import ON_SINCE, PRIVILEGED, server_of
from rbacpsp.pss.reading import PodInObject, read_pod
from rbacpsp.simulate import Row
from rbacpsp.simulate.row import Part

MOST = 20_000
"""How many workloads and pods the page holds."""


class Workloads:
    """Collects the tables of the workloads."""

    def __init__(self, facts: Facts, access: Access) -> None:
        self._facts = facts
        self._access = access
        self._considered: Numbers[str] = Numbers()
        self._security = Security(facts)

    def document(self) -> dict[str, Any]:
        """The tables; without policies only Pod Security is told."""
        objects, simulation = self._facts.objects, self._facts.simulation
        if simulation is None:
            rows = [self._plain(each) for each in _tops(objects)]
        else:
            rows = [self._row(each) for each in simulation]
        rows.sort(key=lambda each: each[:3])
        return {
            "workloads": rows[:MOST],
            "workloadCount": len(rows),
            "considered": [json.loads(each) for each in self._considered.things],
            **self._security.document(),
        }

    def _plain(self, manifest: Manifest) -> list[Any]:
        name = manifest.name or f"{manifest.metadata.generate_name}*"
        namespace = manifest.namespace or "default"
        account = self._security.account(manifest)
        said = self._security.of(manifest, namespace)
        return [namespace, manifest.kind, name, account, "", [], [], said, ""]

    def _row(self, row: Row) -> list[Any]:
        manifest = self._facts.objects.workloads.get((row.kind, row.namespace, row.name)) or next(
            iter(row.pods), None
        )
        manifest = manifest or self._facts.objects.customs.get((row.kind, row.namespace, row.name))
        return [
            *row.key,
            row.account,
            row.creator.name if row.creator else "",
            [self._part(part) for part in row.parts],
            list(row.notes),
            NONE if manifest is None else self._security.of(manifest, row.namespace),
            str(row.verdict),
        ]

    def _part(self, part: Part) -> list[Any]:
        ruling = part.ruling
        admission = ruling.admission
        considered = [
            self._considered.of(json.dumps(self._policy(name, each)))
            for name, each in admission.considered.items()
        ]
        asked = [user.name for user in admission.asked]
        message = admission.message or ""
        if part.pods and message:
            message = ruling.message_for(part.pods[0].name) or ""
        recorded = [[name, count] for name, count in sorted(part.recorded.items())]
        return [
            admission.policy or "",
            message,
            len(part.pods),
            recorded,
            considered,
            asked,
            admission.invalid_by or "",
            admission.not_judged or "",
        ]

    def _policy(self, name: str, considered: Considered) -> list[Any]:
        grants = [[self._access.binding(each.binding), each.rule_index] for each in considered.grants]
        return [
            name,
            [user.name for user in considered.usable_by],
            grants,
            considered.verdict,
            [[change.path, _value(change.before), _value(change.after)] for change in considered.diff],
            [str(error) for error in considered.errors],
            considered.problem,
        ]


def _value(value: Any) -> str:
    return "" if value is None else json.dumps(value, sort_keys=True, default=str)


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

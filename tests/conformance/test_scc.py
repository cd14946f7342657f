"""Compares every recorded answer of OpenShift's plugin for security context constraints."""

import copy
import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rbacpsp import Cluster, User
from rbacpsp.scc import SCCAdmission

DATA = Path(__file__).parent / "data" / "scc"
JSON = dict[str, Any]


def lines(name: str) -> dict[str, JSON]:
    with gzip.open(DATA / f"scc-{name}.jsonl.gz", "rt", encoding="utf-8") as opened:
        return {line["batch"]: line for line in map(json.loads, opened)}


CREATES, UPDATES, COMMANDS = lines("create"), lines("update"), lines("exec")


@cache
def clusters() -> dict[str, JSON]:
    return lines("clusters")


def cluster(batch: str) -> Cluster:
    return Cluster.from_objects(clusters()[batch]["cluster"]["items"])


def ask(there: Cluster, case: JSON) -> SCCAdmission:
    return there.scc_admit(
        case["pod"],
        user=User(case["user"], groups=tuple(case["groups"])),
        namespace=case["namespace"],
        operation=case.get("operation", "CREATE"),
        old=case.get("old"),
        subresource=case.get("subresource", ""),
    )


def compared_fields(pod: JSON) -> JSON:
    """The parts of a stored pod that constraints, defaults and the service account decide."""
    spec = pod["spec"]
    volumes = [copy.deepcopy(volume) for volume in spec.get("volumes", ())]
    for volume in volumes:
        # Go writes the absent metadata of a template as an empty object.
        volume.get("ephemeral", {}).get("volumeClaimTemplate", {}).pop("metadata", None)
    return {
        "name": pod["metadata"]["name"],
        "annotations": pod["metadata"].get("annotations", {}),
        "context": spec.get("securityContext", {}),
        "volumes": volumes,
    } | {
        kind: [
            (container["name"], container.get("securityContext"), container.get("volumeMounts"))
            for container in spec.get(kind, ())
        ]
        for kind in ("initContainers", "containers", "ephemeralContainers")
    }


def same(answer: SCCAdmission, result: JSON) -> bool:
    """Whether an answer is the recorded one: decision, stage, message, names, pod and audit annotations."""
    assert dict(answer.audit) == result.get("audit", {})
    if answer.allowed != result["allowed"]:
        return False
    if not result["allowed"]:
        told = result["stage"] == "validation" or answer.message == result["message"]
        return bool(told and answer.stage == result["stage"])
    return (
        answer.pod is not None
        and (answer.scc, answer.subject_type) == (result.get("scc"), result.get("subjectType"))
        and compared_fields(answer.pod) == compared_fields(result["pod"])
    )


def test_every_recorded_case_is_there() -> None:
    numbers = [sum(len(line["cases"]) for line in each.values()) for each in (CREATES, UPDATES, COMMANDS)]
    assert numbers == [6368, 1276, 368]


@pytest.mark.parametrize("batch", sorted(CREATES))
def test_creates_are_answered_as_recorded(batch: str) -> None:
    result = cluster(batch)
    cases = CREATES[batch]["cases"]
    assert [case["id"] for case in cases if not same(ask(result, case), case["result"])] == []


@pytest.mark.parametrize("batch", sorted(UPDATES))
def test_updates_are_answered_as_recorded(batch: str) -> None:
    result = cluster(batch)
    cases = UPDATES[batch]["cases"]
    assert [case["id"] for case in cases if not same(ask(result, case), case["result"])] == []


@pytest.mark.parametrize("batch", sorted(COMMANDS))
def test_commands_in_pods_are_answered_as_recorded(batch: str) -> None:
    there = cluster(batch)
    for case in COMMANDS[batch]["cases"]:
        answer, result = ask(there, case), case["result"]
        assert (answer.allowed, answer.message, answer.stage) == (
            result["allowed"],
            result.get("message"),
            result.get("stage", ""),
        ), case["id"]

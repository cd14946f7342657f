"""Compares every recorded answer of upstream's Pod Security evaluator and of a 1.24 server's plugin."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from rbacpsp import pss
from rbacpsp.model import Manifest, Namespace, ObjectMeta, Objects, Version
from rbacpsp.model.version import NEWEST
from rbacpsp.pods.shape import plain_copy
from rbacpsp.pss.labels import LABEL_PREFIX

DATA = Path(__file__).parent / "data"
V1_24 = Version(1, 24)


def lines(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def labeled_namespace(name: str, labels: dict[str, str]) -> Namespace:
    return Namespace(metadata=ObjectMeta(name=name, labels=labels))


def objects(name: str, labels: dict[str, str], pods: list[dict[str, Any]]) -> Objects:
    return Objects(
        namespaces={name: labeled_namespace(name, labels)},
        pods={
            (name, pod["metadata"]["name"]): Manifest(
                "Pod", "v1", msgspec.convert(plain_copy(pod["metadata"]), ObjectMeta), pod
            )
            for pod in pods
        },
    )


def test_upstreams_fixture_pods_are_judged_as_upstream_judges_them() -> None:
    wrong = []
    count = 0
    for line in lines("psa-fixtures"):
        count += 1
        level, version = line["policy"].split(":")
        answer = pss.evaluate(line["pod"], level, version)
        expected = (line["allowed"], line.get("reason") or "", line.get("detail") or "")
        if (answer.allowed, answer.reason, answer.detail) != expected:
            wrong.append((line["fixture"], answer.detail, expected))
    assert wrong == []
    assert count == 4537


def test_the_fixture_pods_are_admitted_or_refused_in_the_words_of_a_current_server() -> None:
    """A server refuses twelve of them as invalid before; invalid names are recorded with dashes."""
    pods = {line["fixture"]: line for line in lines("psa-fixtures")}
    wrong = []
    counted = Counter[bool]()
    for line in lines("psa-current"):
        result, fixture = line["result"], pods[line["fixture"]]
        if " is invalid: " in result.get("message", ""):
            continue
        counted[result["allowed"]] += 1
        level, version = fixture["policy"].split(":")
        labels = {f"{LABEL_PREFIX}enforce": level, f"{LABEL_PREFIX}enforce-version": version}
        pod = plain_copy(fixture["pod"])
        pod["metadata"]["name"] = pod["metadata"]["name"].replace("_", "-")
        answer = pss.admit(pod, namespace="ns", objects=objects("ns", labels, []), version=NEWEST)
        if (answer.allowed, answer.message) != (result["allowed"], result.get("message")):
            wrong.append((line["fixture"], answer.message, result))
    assert wrong == []
    assert counted == {False: 3474, True: 1051}


def test_every_level_and_version_answers_with_the_recorded_reason_and_detail() -> None:
    wrong = []
    count = 0
    for line in lines("psa-levels"):
        for result in line["results"]:
            count += 1
            answer = pss.evaluate(line["pod"], result["Level"], result["Version"])
            expected = (result["Allowed"], result.get("Reason") or "", result.get("Detail") or "")
            if (answer.allowed, answer.reason, answer.detail) != expected:
                wrong.append((line["pod"], answer.detail, expected))
    assert wrong == []
    assert count == 700 * 20


def admitted(line: dict[str, Any]) -> pss.PSAdmission:
    """Send the request of a line of `psa-admission`."""
    if line["what"] == "create":
        place = line["namespace"]
        cluster = objects(place["name"], place["labels"], [])
        return pss.admit(line["object"], namespace=place["name"], objects=cluster, version=V1_24)
    if line["what"] == "namespace-create":
        return pss.admit(labeled_namespace(line["name"], line["labels"]), version=V1_24)
    cluster = objects(line["namespace"], line["old_labels"], line["pods"])
    changed = labeled_namespace(line["namespace"], line["labels"])
    return pss.admit(changed, operation="UPDATE", objects=cluster, version=V1_24)


def test_a_1_24_servers_refusals_and_warnings_are_reproduced_in_its_words_and_order() -> None:
    wrong = []
    count = 0
    for line in lines("psa-admission"):
        count += 1
        answer = admitted(line)
        result = line["result"]
        warnings = [text for text in result.get("warnings", []) if "non-functional in" not in text]
        expected = (result["allowed"], result.get("message"), warnings)
        if (answer.allowed, answer.message, list(answer.warnings)) != expected:
            wrong.append((line, answer))
    assert wrong == []
    assert count == 1155

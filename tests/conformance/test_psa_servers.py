"""Compares the evaluator and the PodSecurity plugin of each release from 1.22 to 1.37, word for word."""

import gzip
import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from rbacpsp import Cluster, User, pss

DATA = Path(__file__).parent / "data" / "psa-servers.jsonl.gz"
SERVERS = tuple(f"1.{minor}" for minor in range(22, 38))
Line = dict[str, Any]


def lines(what: str) -> list[Line]:
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        return [line for line in map(json.loads, file) if line["what"] == what]


def answers(line: Line) -> Iterator[tuple[str, Line]]:
    """The recorded answer of each server."""
    for answer in line["answers"]:
        for server in answer["servers"]:
            yield server, {key: value for key, value in answer.items() if key != "servers"}


def evaluated(line: Line, server: str) -> Line:
    level, version = line["policy"].split(":")
    answer = pss.evaluate(line["object"], level, version, server)
    return (
        {"allowed": True}
        if answer
        else {
            "allowed": False,
            "reason": answer.reason,
            "detail": answer.detail,
        }
    )


def admitted(line: Line, server: str) -> Line:
    """Ask the plugin of a server; without a namespace in the line, the namespace is not found."""
    obj, place = line["object"], line.get("namespace")
    named = {"name": "ns", "labels": place["labels"]} if place else {"name": "elsewhere"}
    cluster = Cluster.from_objects(
        [
            *(
                []
                if obj["kind"] == "Namespace"
                else [{"apiVersion": "v1", "kind": "Namespace", "metadata": named}]
            ),
            *line.get("pods", []),
        ],
        kubernetes_version=server,
        admission_config=line.get("config"),
    )
    answer = cluster.pss_admit(
        obj,
        user=User(line["user"]) if "user" in line else None,
        namespace=None if obj["kind"] == "Namespace" else "ns",
        operation=line["operation"],
        old=line.get("old"),
        subresource=line.get("subresource", ""),
    )
    said = {"message": answer.message, "warnings": list(answer.warnings), "audit": dict(answer.audit)}
    return {"allowed": answer.allowed} | {key: value for key, value in said.items() if value}


def wrong(what: str, ask: Callable[[Line, str], Line]) -> tuple[int, list[tuple[str, Line, Line, Line]]]:
    """How many answers were compared, and those that differ: server, line, ours, theirs."""
    compared = [
        (server, line, ask(line, server), theirs) for line in lines(what) for server, theirs in answers(line)
    ]
    return len(compared), [each for each in compared if each[2] != each[3]]


def test_every_servers_evaluator_answers_with_its_reason_and_detail() -> None:
    assert wrong("evaluate", evaluated) == (315 * 16, [])


def test_every_servers_plugin_answers_with_its_message_warnings_and_audit_annotations() -> None:
    assert wrong("admit", admitted) == (499 * 15, [])


def test_each_release_except_1_36_differs_from_the_previous_one() -> None:
    changed = set()
    for line in (*lines("evaluate"), *lines("admit")):
        said = dict(answers(line))
        changed |= {
            later
            for one, later in pairwise(SERVERS)
            if one in said and later in said and said[one] != said[later]
        }
    assert set(SERVERS[1:]) - changed == {"1.36"}

"""Compares the complete validation of new objects with dry runs of real servers, and records it.

`python -m tests.live.test_whole_validation FILE` writes what both servers say to random objects and updates,
for `tests/conformance/test_whole_validation.py`.
"""

import gzip
import json
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rbacpsp.live import connect
from tests.conformance.said import causes
from tests.live.clusters import made
from tests.live.dry_runs import DryRuns
from tests.live.odd_fields import odd_config_map, odd_service, odd_spec, odd_workload
from tests.live.server import ApiServer, run_server
from tests.live.test_submit import random_object
from tests.live.test_updates import (
    ADMIN,
    allow_all,
    changed,
    differences,
    stored_objects,
    template_of,
)

JSONObject = dict[str, Any]
OBJECTS = 2000 if os.environ.get("RBACPSP_LONG") else 200
RECORDED, RECORDED_UPDATES = 700, 250


def odd_object(draw: random.Random, number: int, namespace: str) -> JSONObject:
    """An object of any validated kind, with one or two odd fields."""
    chance = draw.random()
    if chance < 0.15:
        return odd_service(draw, f"o{number}", namespace)
    if chance < 0.2:
        return odd_config_map(draw, f"o{number}", namespace)
    obj = random_object(draw, number, namespace)
    for _ in range(draw.choice((1, 1, 2))):
        if draw.random() < 0.3:
            odd_workload(obj, draw)
        else:
            odd_spec(template_of(obj)["spec"], draw)
    return obj


def prepare(server: ApiServer, namespace: str) -> list[JSONObject]:
    """Create the objects that others need to be accepted, and return them."""
    objects: list[JSONObject] = [
        made("v1", "Namespace", namespace),
        *(
            made("v1", "ServiceAccount", name, namespace) | {"automountServiceAccountToken": False}
            for name in ("default", "quiet")
        ),
    ]
    server.create(*objects)
    if server.release.startswith("v1.24."):
        allow_all(server)
    return objects


@pytest.mark.live
def test_odd_fields_are_accepted_or_refused_in_the_words_of_the_server(server: ApiServer) -> None:
    draw = random.Random(11)  # noqa: S311 - the same objects each time
    prepare(server, "odd")
    ours = connect(kubeconfig=str(server.kubeconfig()))
    objects = ((odd_object(draw, number, "odd"), None, ADMIN) for number in range(OBJECTS))
    with closing(DryRuns(server)) as server_says:
        differing, told = differences(ours, server_says, objects)
    assert differing == []
    assert min(told[None], told["validation"]) > OBJECTS // 10, told


def recorded(server: ApiServer) -> Iterator[JSONObject]:
    """A server's answers to random objects and updates."""
    draw = random.Random(f"record {server.release}")  # noqa: S311 - the same objects each time
    prepare(server, "recorded")
    with closing(DryRuns(server)) as server_says:
        for number in range(RECORDED):
            obj = odd_object(draw, number, "recorded")
            said = server_says.create(obj, ADMIN)
            if said.by in {None, "validation"}:
                yield line(server, obj, None, said.message)
        stored = list(stored_objects(server, draw, "recorded"))
        for _ in range(RECORDED_UPDATES):
            old = draw.choice(stored)
            obj = changed(old, draw)
            said = server_says.update(obj, ADMIN)
            if said.by in {None, "validation"}:
                for each in (old, obj):
                    each["metadata"].pop("managedFields", None)
                yield line(server, obj, old, said.message)


def line(server: ApiServer, obj: JSONObject, old: JSONObject | None, message: str) -> JSONObject:
    found: JSONObject = {"version": server.release, "object": obj}
    found |= {"old": old} if old is not None else {}
    return found | {"errors": list(causes(message)[1:])}


def record(path: str) -> None:
    """Write the answers of both servers."""
    counted: Counter[str] = Counter()
    with gzip.GzipFile(path, "wb", mtime=0) as file, tempfile.TemporaryDirectory() as folder:
        for name in ("v1.24", "current"):
            with run_server(name, Path(folder) / name) as server:
                for each in recorded(server):
                    counted[server.release] += 1
                    file.write(f"{json.dumps(each, separators=(',', ':'), ensure_ascii=False)}\n".encode())
    print(dict(counted))  # noqa: T201 - for whoever records


if __name__ == "__main__":
    record(sys.argv[1])

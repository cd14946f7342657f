"""Records the answers of real servers to small changes of valid objects.

Each change sets one field to a value at or beyond a limit. What both servers say is written to
tests/conformance/data/boundaries.jsonl.gz, which tests/conformance/test_boundaries.py replays.
"""

import gzip
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.conformance.said import reasons
from tests.live.boundaries import objects, pods, podspecs, several, updates, volumes, workloads
from tests.live.boundaries.bases import BASES, STORED
from tests.live.boundaries.values import Change, Row, changed, changes
from tests.live.clusters import made
from tests.live.dry_runs import DryRuns
from tests.live.server import ApiServer, collection, run_server
from tests.live.test_updates import ADMIN, allow_all

JSONObject = dict[str, Any]
GROUPS: dict[str, Sequence[Row]] = {
    "containers": pods.CONTAINERS,
    "pods": (*podspecs.SPECS, *podspecs.METADATA),
    "volumes": volumes.VOLUMES,
    "workloads": (*workloads.TEMPLATES, *workloads.APPS, *workloads.LABELLED, *volumes.CLAIM_TEMPLATES),
    "jobs": (*workloads.JOBS, *workloads.CRON_JOBS),
    "services": (*objects.SERVICES, *objects.CONFIG_MAPS),
    "access": (*objects.ACCESS, *objects.POLICIES),
    "updates": (*updates.PODS, *updates.WORKLOADS, *updates.OTHERS),
    "service updates": updates.SERVICES,
    "several": (*several.ROWS, *several.UPDATES),
}
"""The tables, by the test that replays them."""
SERVERS = ("v1.24", "current")
_OF_NETWORK = re.compile(r"not configured|failed to allocate|duplicate nodePort")
"""What a server says of its own network, which the program does not know."""


def distinct(rows: Sequence[Row]) -> Iterator[Change]:
    """The distinct changes of some rows."""
    seen = set()
    for change in changes(rows):
        text = json.dumps(change, sort_keys=True)
        if text not in seen:
            seen.add(text)
            yield change


def answers(server: ApiServer) -> Iterator[JSONObject]:
    """The server's answer to every change, after the objects that it stores."""
    server.create(
        made("v1", "Namespace", "boundaries"),
        *(
            made("v1", "ServiceAccount", name, "boundaries") | {"automountServiceAccountToken": False}
            for name in ("default", "quiet")
        ),
    )
    if server.release.startswith("v1.24."):
        allow_all(server)
    stored = {name: _stored(server, obj) for name, obj in STORED.items()}
    for name, obj in stored.items():
        yield {"stored": name, "version": server.release, "object": obj}
    with closing(DryRuns(server)) as server_says:
        for group, rows in GROUPS.items():
            for change in distinct(rows):
                replaced = stored.get(change.base)
                obj = changed(BASES[change.base] if replaced is None else replaced, change.fields)
                if obj["kind"] == "PodSecurityPolicy" and not server.release.startswith("v1.24."):
                    continue
                ask = server_says.create if replaced is None else server_says.update
                said = ask(obj, ADMIN)
                if said.by in {None, "validation"} and not _OF_NETWORK.search(said.message):
                    yield {
                        "group": group,
                        "base": change.base,
                        "fields": change.fields,
                        "version": server.release,
                        "errors": reasons(said.message),
                    }


def _stored(server: ApiServer, obj: JSONObject) -> JSONObject:
    server.create(obj)
    result = server.request("GET", f"{collection(obj)}/{obj['metadata']['name']}")
    result["metadata"].pop("managedFields", None)
    return result


def joined(lines: Iterator[JSONObject]) -> Iterator[JSONObject]:
    """One line for each change, with the errors of each server."""
    result: dict[str, JSONObject] = {}
    for line in lines:
        if "stored" in line:
            yield line
            continue
        version, errors = line.pop("version"), line.pop("errors")
        result.setdefault(json.dumps(line, sort_keys=True), {**line, "errors": {}})["errors"][version] = (
            errors
        )
    yield from result.values()


def record(path: str) -> None:
    """Write the answers of both servers."""

    def asked() -> Iterator[JSONObject]:
        with tempfile.TemporaryDirectory() as folder:
            for name in SERVERS:
                with run_server(name, Path(folder) / name) as server:
                    yield from answers(server)

    with gzip.GzipFile(path, "wb", mtime=0) as file:
        for base, obj in BASES.items():
            file.write(_line({"base": base, "object": obj}))
        for each in joined(asked()):
            file.write(_line(each))


def _line(obj: JSONObject) -> bytes:
    return f"{json.dumps(obj, separators=(',', ':'), ensure_ascii=False)}\n".encode()


if __name__ == "__main__":
    record(sys.argv[1])

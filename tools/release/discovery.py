"""Writes `rbacpsp/catalog/data/discovery-MINOR.jsonl`: every resource that an API server of a release serves.

A line is a resource or subresource of one version of a group, in the order of the server's discovery. The
group and version of a line are those of the kind; `served_at` is where it is served, which differs for
subresources such as `deployments/scale`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.live.server import ApiServer

DATA = Path(__file__).resolve().parents[2] / "rbacpsp" / "catalog" / "data"
_KEPT = ("shortNames", "categories", "singularName")


def record(server: ApiServer) -> Path:
    """Ask a server, and write the file of its minor release."""
    minor = ".".join(server.release.removeprefix("v").split(".")[:2])
    file = DATA / f"discovery-{minor}.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows(server)), encoding="utf-8")
    return file


def rows(server: ApiServer) -> Iterator[dict[str, Any]]:
    """What a server serves, a row a resource."""
    for place in _places(server):
        root = "/apis" if "/" in place else "/api"
        for served in server.request("GET", f"{root}/{place}")["resources"]:
            group, _, version = place.rpartition("/")
            row = {
                "group": served.get("group", group),
                "version": served.get("version", version),
                "served_at": place,
                "resource": served["name"],
                "kind": served["kind"],
                "namespaced": served["namespaced"],
                "verbs": served["verbs"],
            }
            yield row | {key: served[key] for key in _KEPT if served.get(key)}


def _places(server: ApiServer) -> Iterator[str]:
    """Every group and version, the core group first."""
    yield from server.request("GET", "/api")["versions"]
    for group in server.request("GET", "/apis")["groups"]:
        yield from (version["groupVersion"] for version in group["versions"])
